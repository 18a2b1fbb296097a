import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';
import { type EntryRow, entryColumns, type Side } from './entry-row.js';

/** Of another's wallet it is not told what it has, nor how often it was paid. */
export interface SeenEntryRow extends Omit<EntryRow, 'entry_no' | 'balance_after'> {
  entry_no: string | null;
  balance_after: string | null;
}

const leg = (side: Side) =>
  `SELECT ${entryColumns(side)}, $2::text IS NULL OR (SELECT scope FROM wallets WHERE wallet_id = ${side}_wallet_id) = $2 AS is_seen
     FROM transactions WHERE transaction_id = $1 AND ${side}_entry_no IS NOT NULL`;

/** The two ledger entries of a transaction that the reader was found to see, the debit first; none when it failed. */
export async function findEntries(database: Pool, scope: Scope, transactionId: string): Promise<SeenEntryRow[]> {
  const { rows } = await database.query<EntryRow & { is_seen: boolean | null }>(
    `${leg('sender')} UNION ALL ${leg('receiver')} ORDER BY entry_type DESC`,
    [transactionId, scope],
  );
  return rows.map((row) => (row.is_seen ? row : { ...row, entry_no: null, balance_after: null }));
}
