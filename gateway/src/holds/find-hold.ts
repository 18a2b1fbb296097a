import type { Pool } from 'pg';
import { type HoldRow, holdColumns, holdTables } from './hold-row.js';

export async function findHold(database: Pool, holdId: string): Promise<HoldRow | undefined> {
  const { rows } = await database.query<HoldRow>({
    name: 'find-hold',
    text: `SELECT ${holdColumns} FROM ${holdTables} WHERE h.hold_id = $1 AND t.transaction_id = $1`,
    values: [holdId],
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
