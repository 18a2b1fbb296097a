import type { Digest, Section } from './digest-content.js';

export function digestText({ title, lead, sections }: Digest): string {
  return [title, lead, ...sections.map(sectionText)].join('\n\n');
}

function sectionText({ title, rows, empty }: Section): string {
  const shown = rows.length > 1 ? rows.filter((row) => row.some((cell) => cell !== '')) : [[empty]];
  const widths = (shown[0] ?? []).map((_, i) =>
    Math.max(...shown.map((row) => (i < row.length - 1 ? (row[i] ?? '').length : 0))),
  );
  const lines = shown.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [title.toUpperCase(), ...lines].join('\n');
}

const style = `body{margin:0;padding:24px;background:#f4f5f7;color:#16191d;font:15px/1.5 Inter,Arial,sans-serif}
main{max-width:720px;margin:auto;background:#fff;border-radius:8px;padding:24px}
h1{font-size:22px;margin:0 0 4px}h2{font-size:15px;margin:28px 0 6px}p{margin:4px 0;color:#4c545e}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:5px 8px 5px 0;border-bottom:1px solid #dfe2e6;vertical-align:top;
overflow-wrap:anywhere}th{font-weight:500;color:#4c545e}td+td{font-variant-numeric:tabular-nums}img{max-width:100%;margin-top:16px}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e9ebee}main{background:#1d2126}p,th{color:#a9b1bb}
th,td{border-color:#3a4048}}`;

/** `chart`: the content id of its image, and what it shows, in words. */
export function digestHtml(
  { title, lead, sections }: Digest,
  chart: { contentId: string; says: string } | null,
): string {
  const image = chart ? `<img src="cid:${chart.contentId}" alt="${escaped(chart.says)}" width="672">` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(lead)}</p>${image}${sections.map(sectionHtml).join('')}</main></body></html>`;
}

function sectionHtml({ title, rows: [head = [], ...rows], empty }: Section): string {
  const heading = `<h2>${escaped(title)}</h2>`;
  if (rows.length === 0) return `${heading}<p>${escaped(empty)}</p>`;
  const names = head.some((name) => name !== '')
    ? `<tr>${head.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr>`
    : '';
  const cells = rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('');
  return `${heading}<table>${names}${cells}</table>`;
}

export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
