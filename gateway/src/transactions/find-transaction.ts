import type { Pool } from 'pg';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

export async function findTransaction(database: Pool, id: string): Promise<TransactionRow | undefined> {
  const { rows } = await database.query<TransactionRow>({
    name: 'find-transaction',
    text: `SELECT ${transactionColumns} FROM transactions WHERE transaction_id = $1`,
    values: [id],
  });
  return rows[0];
}
