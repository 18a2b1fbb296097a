import type { Pool } from 'pg';
import { type EntryRow, entryColumns, type Side } from './entry-row.js';

const leg = (side: Side) =>
  `SELECT ${entryColumns(side)} FROM transactions WHERE transaction_id = $1 AND ${side}_entry_no IS NOT NULL`;

/** A transaction's two ledger entries, the debit first; none when it failed. */
export async function findEntries(database: Pool, transactionId: string): Promise<EntryRow[]> {
  const { rows } = await database.query<EntryRow>(
    `${leg('sender')} UNION ALL ${leg('receiver')} ORDER BY entry_type DESC`,
    [transactionId],
  );
  return rows;
}
