import { digestStyle } from '@smart-wallet/engine/contract/digest-style.js';
import type { Digest, Section } from './digest-content.js';

export function digestText({ title, lead, verdict, sections, consoleUrl }: Digest): string {
  const more = consoleUrl === null ? [] : [`More in the console: ${consoleUrl}/console`];
  return `${[wrapped(title), wrapped(lead), wrapped(verdict.says), ...sections.map(sectionText), ...more].join('\n\n')}\n`;
}

/** Not every reader of plain text breaks lines. */
const lineCharsMax = 78;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > lineCharsMax) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

function sectionText({ title, columns, rows, empty }: Section): string {
  if (rows.length === 0) return `${title.toUpperCase()}\n${empty}`;
  const names = columns.map(({ name }) => name);
  const shown = names.some((name) => name !== '') ? [names, ...rows] : rows;
  // One column without a name is prose.
  if (columns.length === 1 && names[0] === '') {
    return [title.toUpperCase(), ...rows.flatMap(([text = '']) => text.split('\n').map(wrapped))].join('\n');
  }
  const widths = columns.map((_, i) => Math.max(...shown.map((row) => (row[i] ?? '').length)));
  const lines = shown.map((row) =>
    columns
      .map(({ is }, i) =>
        is === 'number' ? (row[i] ?? '').padStart(widths[i] ?? 0) : (row[i] ?? '').padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [title.toUpperCase(), ...lines].join('\n');
}

/** `chart`: the content id of its image, and what it shows, in words. */
export function digestHtml(
  { title, lead, verdict, sections, consoleUrl }: Digest,
  chart: { contentId: string; says: string } | null,
): string {
  const image = chart ? `<img src="cid:${chart.contentId}" alt="${escaped(chart.says)}" width="720" height="220">` : '';
  const link = consoleUrl && `${escaped(consoleUrl)}/console`;
  const more = link === null ? '' : `<p class="m">More in the console: <a href="${link}">${link}</a></p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${digestStyle}</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(lead)}</p>
<p class="verdict${verdict.isWell ? '' : ' bad'}">${escaped(verdict.says)}</p>${image}${sections.map(sectionHtml).join('')}${more}</main></body></html>`;
}

const classes = { words: 'w', number: 'n', id: 'i' } as const;

function sectionHtml({ title, columns, rows, empty }: Section): string {
  const heading = `<h2>${escaped(title)}</h2>`;
  if (rows.length === 0) return `${heading}<p>${escaped(empty)}</p>`;
  const cell = (tag: 'th' | 'td') => (text: string, i: number) =>
    `<${tag} class="${classes[columns[i]?.is ?? 'words']}">${escaped(text)}</${tag}>`;
  const names = columns.map(({ name }) => name);
  const head = names.some((name) => name !== '') ? `<tr>${names.map(cell('th')).join('')}</tr>` : '';
  const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('');
  return `${heading}<table>${head}${body}</table>`;
}

export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
