import { harmlessText } from '@smart-wallet/engine/contract/formula-text.js';

/** A cell's value: a number, an id or a time as it is; `{ text }` is what somebody wrote. */
export type CsvCell = string | number | null | { readonly text: string | null };

/** One line of CSV as RFC 4180 has it. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  return quoted(typeof cell === 'string' ? cell : harmlessText(cell.text ?? ''));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
