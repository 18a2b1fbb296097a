import type { Database } from '../database.js';

/** Month tables of `transactions` kept ready. Without one, nothing of that month could be written. */
const monthsAhead = 3;

export async function ensureTransactionMonths(database: Database): Promise<void> {
  await database.query('SELECT ensure_transaction_months($1)', [monthsAhead]);
}
