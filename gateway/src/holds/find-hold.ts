import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { holdsOf, holdsPaidBy, type Scope, type Whose } from '../storage/whose.js';
import { type HoldRow, holdColumns, holdTables } from './hold-row.js';

/** One that the reader sees at least one side of. */
export function findHold(database: Pool, scope: Scope, holdId: string): Promise<HoldRow | undefined> {
  return find(database, holdId, holdsOf(scope, 'h'));
}

/** One that a wallet of the reader's pays: it alone captures and voids. */
export function findHoldToEnd(database: Pool, scope: Scope, holdId: string): Promise<HoldRow | undefined> {
  return find(database, holdId, holdsPaidBy(scope, 'h'));
}

async function find(database: Pool, holdId: string, whose: Whose): Promise<HoldRow | undefined> {
  const values: unknown[] = [holdId];
  const seen = new SqlConditions(values, whose);
  const { rows } = await database.query<HoldRow>({
    ...(whose.scope === null ? { name: 'find-hold' } : {}),
    text: `SELECT ${holdColumns} FROM ${holdTables} WHERE h.hold_id = $1 AND t.transaction_id = $1${seen.and()}`,
    values,
  });
  return rows[0];
}

/** The transactions that captured of it, oldest first: at most `holdCapturesMax`. An index has them without those that were refused. */
export async function findCaptures(database: Pool, holdId: string): Promise<string[]> {
  const { rows } = await database.query<{ transaction_id: string }>({
    name: 'find-captures',
    text: `SELECT transaction_id FROM transactions
            WHERE parent_transaction_id >= $1 AND parent_transaction_id <= $1 AND status = 'SUCCESS' AND kind = 'CAPTURE'
            ORDER BY parent_transaction_id, transaction_id`,
    values: [holdId],
  });
  return rows.map(({ transaction_id }) => transaction_id);
}
