/** A Postgres array of what needs no quotes: numbers, uuids, enum labels. */
export function plainArray(elements: Iterable<string | number>): string {
  return `{${[...elements].join(',')}}`;
}
