import { harmlessText } from '@smart-wallet/engine/contract/formula-text.js';

/** Rows of a list as a CSV file: a column for each field that any of them has, what is not a word or a figure as JSON. */
export function rowsCsv(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => names.map((name) => cell((row as Record<string, unknown>)[name])).join(','));
  return [names.map(cell).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

const figure = /^-?\d+(\.\d+)?$/;

/** A text that a spreadsheet would run as a formula begins with an apostrophe; figures are none. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = figure.test(text) ? text : harmlessText(text);
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
