import type { SqlConditions } from '../storage/sql-conditions.js';
import type { TransactionFilters } from './transaction-filters.js';

/** Ids run with time only roughly: an engine mints them by its estimate of the database's time, before the commit stamps `created_at`. */
const idClockSlack = '5 minutes';

type Times = Pick<TransactionFilters, 'from' | 'to'>;

/** The ids that transactions of these times can have: an index finds them. */
export function addIdRange(conditions: SqlConditions, { from, to }: Times): void {
  conditions.add((p) => `transaction_id >= uuid_at(${p}::timestamptz - interval '${idClockSlack}')`, from);
  conditions.add((p) => `transaction_id < uuid_at(${p}::timestamptz + interval '${idClockSlack}')`, to);
}

export function addTimeRange(conditions: SqlConditions, { from, to }: Times): void {
  conditions.add((p) => `created_at >= ${p}`, from);
  conditions.add((p) => `created_at < ${p}`, to);
}
