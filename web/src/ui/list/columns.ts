import { type FilterValues, stringifySearch } from './filters.js';

/** Of the address: which columns are shown, by name; nothing: all of them. */
export const columnsField = 'columns';

interface Named {
  readonly name: string;
}

/** The first one leads to the row's page and always stands. What the list does not know is left out. */
export function shownColumns<Column extends Named>(all: readonly Column[], field: unknown): readonly Column[] {
  if (typeof field !== 'string') return all;
  const names = field.split(',');
  const shown = all.filter(({ name }, place) => place === 0 || names.includes(name));
  return shown.length > 1 ? shown : all;
}

/** The other way round; null: all of them, which the address need not say. */
export function columnsText(all: readonly Named[], shown: ReadonlySet<string>): string | null {
  const names = all.filter(({ name }, place) => place === 0 || shown.has(name)).map(({ name }) => name);
  return names.length === all.length || names.length < 2 ? null : names.join(',');
}

/** What a view keeps: filters and columns, as the address says them. */
export function viewQuery(values: FilterValues, columns: unknown): string {
  return stringifySearch({ ...values, ...(typeof columns === 'string' && { [columnsField]: columns }) }).slice(1);
}
