import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { type Scope, transactionsOf } from '../storage/whose.js';
import { withoutOthersReasons } from './others-reasons.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

/** One that the reader sees at least one side of. */
export async function findTransaction(database: Pool, scope: Scope, id: string): Promise<TransactionRow | undefined> {
  const values: unknown[] = [id];
  const seen = new SqlConditions(values, transactionsOf(scope));
  const { rows } = await database.query<TransactionRow>({
    name: scope === null ? 'find-transaction' : 'find-transaction-of-scope',
    text: `SELECT ${transactionColumns} FROM transactions WHERE transaction_id = $1${seen.and()}`,
    values,
  });
  return (await withoutOthersReasons(database, scope, rows))[0];
}
