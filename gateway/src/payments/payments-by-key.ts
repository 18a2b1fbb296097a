import { atomicItemKey, keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { batchPaymentsMax, commandFinalAfterMs } from '@smart-wallet/engine/contract/limits.js';
import type { Pool } from 'pg';
import { z } from 'zod';
import { idempotencyKeyError, idempotencyKeyForm } from '../http/idempotency-key.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { transactionRowJson } from '../transactions/transaction-json.js';
import { type TransactionRow, transactionColumns } from '../transactions/transaction-row.js';

export const paymentsByKeyFilter = z.strictObject({
  idempotencyKey: z.string().meta({ ...idempotencyKeyForm, description: 'The key that a payment was sent with.' }),
});

/**
 * What is recorded under a key: one transaction, or all of an atomic batch. When there is nothing, a request that was
 * sent before this one can be recorded until `finalAfter` at the latest.
 */
export async function findByKey(database: Pool, caller: string, query: unknown): Promise<string> {
  const { idempotencyKey } = validated(paymentsByKeyFilter, query);
  const error = idempotencyKeyError(idempotencyKey, 'idempotencyKey');
  if (error) throw new ProblemError(validationFailed([error]));
  const finalAfter = new Date(Date.now() + commandFinalAfterMs).toISOString();
  let rows = await readKeys(database, caller, [idempotencyKey, atomicItemKey(idempotencyKey, 0)]);
  if (rows[0]?.idempotency_key === atomicItemKey(idempotencyKey, 0)) {
    rows = await readKeys(
      database,
      caller,
      Array.from({ length: batchPaymentsMax }, (_, item) => atomicItemKey(idempotencyKey, item)),
    );
  }
  if (rows.length === 0) return JSON.stringify({ items: [], finalAfter });
  return `{"items":[${rows.map(transactionRowJson).join(',')}]}`;
}

interface KeyedRow extends TransactionRow {
  idempotency_key: string;
}

/** In the order of the keys. */
async function readKeys(database: Pool, caller: string, keys: string[]): Promise<KeyedRow[]> {
  const { rows } = await database.query<KeyedRow>(
    `SELECT ${transactionColumns}, idempotency_key FROM unnest($1::uuid[]) WITH ORDINALITY AS k (key_digest, place)
       JOIN idempotency_keys USING (key_digest) JOIN transactions USING (transaction_id) ORDER BY place`,
    [keys.map((key) => keyDigest(caller, key))],
  );
  return rows;
}
