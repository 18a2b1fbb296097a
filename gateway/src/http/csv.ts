/** A cell's value: a number, an id or a time as it is; `{ text }` is what somebody wrote. */
export type CsvCell = string | number | null | { readonly text: string | null };

/** One line of CSV as RFC 4180 has it. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  return quoted(typeof cell === 'string' ? cell : harmless(cell.text ?? ''));
}

/** Spreadsheets run a cell that begins so as a formula, also when it came in a file; some skip white space, or read wide signs as others. */
function harmless(text: string): string {
  return /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
