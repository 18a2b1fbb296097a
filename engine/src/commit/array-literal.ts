/** Postgres array literals. node-postgres would quote and escape every element, which costs more than the rest of a call. */

/** For elements that need no quotes: numbers, uuids, enum labels. */
export function plainArray(elements: readonly (string | number | bigint | null)[]): string {
  if (elements.length === 0) return '{}';
  let text = '{';
  for (const element of elements) text += element === null ? 'NULL,' : `${element},`;
  return `${text.slice(0, -1)}}`;
}

/** For any text. */
export function textArray(elements: readonly (string | null)[]): string {
  if (elements.length === 0) return '{}';
  let text = '{';
  for (const element of elements) text += element === null ? 'NULL,' : `"${escaped(element)}",`;
  return `${text.slice(0, -1)}}`;
}

const needsEscape = /["\\]/;

function escaped(text: string): string {
  return needsEscape.test(text) ? text.replace(/["\\]/g, '\\$&') : text;
}
