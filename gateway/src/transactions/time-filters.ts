import type { SqlConditions } from '../storage/sql-conditions.js';
import type { TransactionFilters } from './transaction-filters.js';

/** Ids run with time only roughly: an engine mints them by its estimate of the database's time, before the commit stamps `created_at`. */
const idClockSlack = '5 minutes';

type Times = Pick<TransactionFilters, 'from' | 'to'>;

/** The lowest id of what was committed at the instant of a parameter, and one above the highest. */
export const lowestIdAt = (p: string) => `uuid_at(${p}::timestamptz - interval '${idClockSlack}')`;
export const highestIdAt = (p: string) => `uuid_at(${p}::timestamptz + interval '${idClockSlack}')`;

/** The ids that transactions, or holds, of these times can have: an index finds them. */
export function addIdRange(conditions: SqlConditions, { from, to }: Times, idColumn = 'transaction_id'): void {
  conditions.add((p) => `${idColumn} >= ${lowestIdAt(p)}`, from);
  conditions.add((p) => `${idColumn} < ${highestIdAt(p)}`, to);
}

export function addTimeRange(conditions: SqlConditions, { from, to }: Times): void {
  conditions.add((p) => `created_at >= ${p}`, from);
  conditions.add((p) => `created_at < ${p}`, to);
}
