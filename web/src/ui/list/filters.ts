/*
 * A list's filters are its address: one query parameter each, by the name that the API gives it, its value as plain text.
 * Nothing in between may read a value as a number or a truth: `00123`, `1e5` and `true` are references like any other.
 */

export type Filter = { readonly name: string; readonly label: string } & (
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text' | 'id' | 'amount'; readonly hint?: string }
  /** A moment, UTC. */
  | { readonly kind: 'instant' }
);

export type FilterValues = Readonly<Record<string, string>>;

/** The API takes nothing longer. */
export const filterCharsMax = 255;

/** What the address says, as far as the list knows it. What it does not know, or says nothing, is left out. */
export function filterValues(search: Readonly<Record<string, unknown>>, filters: readonly Filter[]): FilterValues {
  const values: Record<string, string> = {};
  for (const { name } of filters) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') values[name] = value.slice(0, filterCharsMax);
  }
  return values;
}

/** The query of an address as plain text: of a name that stands twice the first counts. */
export function parseSearch(query: string): Record<string, string> {
  const search: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) if (!Object.hasOwn(search, name)) search[name] = value;
  return search;
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const query = new URLSearchParams(said).toString();
  return query && `?${query}`;
}

/** What a field for a date and time holds, which is read as UTC: `2026-01-31T12:00` is `2026-01-31T12:00:00.000Z`. */
export function instantOf(field: string): string {
  const ms = Date.parse(`${field}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}

/** The other way round, to the second. */
export function instantField(instant: string): string {
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 19);
}

/** As its chip reads it. */
export function filterWords({ kind, label }: Filter, value: string): string {
  if (kind !== 'instant') return `${label}: ${value}`;
  const ms = Date.parse(value);
  return `${label}: ${Number.isNaN(ms) ? value : `${instantField(value).replace('T', ' ')} UTC`}`;
}
