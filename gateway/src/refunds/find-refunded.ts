import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';

/** What was paid back of a transaction, by refunds and a reversal together, in ten-thousandths. */
export async function findRefunded(database: Pool, transactionId: string): Promise<bigint> {
  const { rows } = await database.query<{ refunded: string }>({
    name: 'find-refunded',
    text: 'SELECT refunded FROM refund_totals WHERE transaction_id = $1',
    values: [transactionId],
  });
  return rows[0] ? parseDecimal(rows[0].refunded) : 0n;
}
