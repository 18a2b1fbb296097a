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

const style = `body{margin:0;padding:24px;background:#f1f3f6;color:#16191d;font:15px/1.5 Inter,-apple-system,Segoe UI,Roboto,Arial,sans-serif}
main{display:block;max-width:720px;margin:0 auto;background:#fff;border-radius:8px;padding:28px 32px}
h1{font-size:24px;line-height:1.25;margin:0 0 6px}h2{font-size:16px;margin:32px 0 6px}p{margin:4px 0;color:#4c545e}
.verdict{margin:16px 0;padding:12px 14px;border-left:4px solid #1f7a4d;border-radius:4px;background:#e8f3ed;color:#16191d;font-weight:600}
.verdict.bad{border-color:#c0352b;background:#fbeae8}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 16px 6px 0;border-bottom:1px solid #dfe2e6;vertical-align:top}
th{font-weight:500;font-size:13px;color:#4c545e;vertical-align:bottom}th:last-child,td:last-child{padding-right:0}
.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
.i{font:13px/1.6 ui-monospace,Menlo,Consolas,monospace;word-break:break-all}.w{overflow-wrap:break-word;white-space:pre-line}
img{display:block;width:100%;height:auto;margin-top:20px}a{color:#1f5fa8}
@media (max-width:600px){body{padding:0}main{border-radius:0;padding:20px 16px}h2{margin-top:28px}
th,td{padding-right:10px;font-size:13px}th,.i{font-size:11px}}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e9ebee}main{background:#1d2126}p,th{color:#a9b1bb}
th,td{border-color:#3a4048}a{color:#8fbdf0}.verdict{background:#173226;color:#e9ebee}.verdict.bad{background:#43211f}}`;

/** `chart`: the content id of its image, and what it shows, in words. */
export function digestHtml(
  { title, lead, verdict, sections, consoleUrl }: Digest,
  chart: { contentId: string; says: string } | null,
): string {
  const image = chart ? `<img src="cid:${chart.contentId}" alt="${escaped(chart.says)}" width="720" height="220">` : '';
  const link = consoleUrl && `${escaped(consoleUrl)}/console`;
  const more = link === null ? '' : `<p style="margin-top:32px">More in the console: <a href="${link}">${link}</a></p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head>
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
