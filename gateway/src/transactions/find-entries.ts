import type { EntryType } from '@smart-wallet/engine/contract/entry-type.js';
import type { Pool } from 'pg';

export interface EntryRow {
  entry_id: string;
  wallet_id: string;
  entry_type: EntryType;
  amount: string;
  balance_after: string;
  entry_no: string;
  created_at: Date;
}

/** A transaction's two ledger entries, the debit first; none when it failed. */
export async function findEntries(database: Pool, transactionId: string): Promise<EntryRow[]> {
  const { rows } = await database.query<EntryRow>(
    `SELECT entry_id, wallet_id, entry_type, amount, balance_after, entry_no, created_at
       FROM ledger_entries WHERE transaction_id = $1 ORDER BY entry_type DESC`,
    [transactionId],
  );
  return rows;
}
