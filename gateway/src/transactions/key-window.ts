import type { SqlConditions } from '../storage/sql-conditions.js';
import { highestIdAt, lowestIdAt } from './time-filters.js';

const lowestId = '00000000-0000-0000-0000-000000000000';
const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface KeyPlace {
  /** The parameter that holds the key. */
  key: string;
  /** Only ids below it. */
  before: string | undefined;
  from: string | undefined;
  to: string | undefined;
}

/**
 * Rows of one key of an index on (column, transaction_id), newest first: its conditions, to stand before ORDER BY `keyOrder`. In the
 * index's own order, and as a range instead of "=": else the planner may take an index by id for as good, and walk through the
 * whole ledger in search of the key. It is entered where the page begins, not at the newest.
 */
export function addKeyRange(range: SqlConditions, column: string, { key, before, from, to }: KeyPlace): void {
  const parameter = (value: unknown) => `$${range.values.push(value)}`;
  const lowest = from === undefined ? `'${lowestId}'::uuid` : lowestIdAt(parameter(from));
  const highest = [`${parameter(before ?? highestId)}::uuid`];
  if (to !== undefined) highest.push(highestIdAt(parameter(to)));
  range.addText(`(${column}, transaction_id) >= (${key}, ${lowest})`);
  range.addText(`(${column}, transaction_id) <= (${key}, least(${highest.join(', ')}))`);
}

export function keyOrder(column: string): string {
  return `ORDER BY ${column} DESC, transaction_id DESC`;
}
