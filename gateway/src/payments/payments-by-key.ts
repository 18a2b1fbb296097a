import { type Digest, keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { commandFinalAfterMs } from '@smart-wallet/engine/contract/limits.js';
import type { Pool } from 'pg';
import { z } from 'zod';
import { doneWithinMs } from '../approvals/limits.js';
import { idempotencyKeyError, idempotencyKeyForm, keyIn } from '../http/idempotency-key.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import type { Database } from '../storage/database.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { type Reader, type Scope, transactionsOf } from '../storage/whose.js';
import { madeUnderKeySql } from '../transactions/ids-under-key.js';
import { withoutOthersReasons } from '../transactions/others-reasons.js';
import { type TransactionRow, transactionColumns } from '../transactions/transaction-row.js';

export const paymentsByKeyFilter = z.strictObject({
  idempotencyKey: z.string().meta({ ...idempotencyKeyForm, description: 'The key that a payment was sent with.' }),
});

export interface PaymentsByKey {
  rows: TransactionRow[];
  /** When there are none, a request that was sent before this one can be recorded until then at the latest. */
  finalAfterMs: number;
}

/** What a key made: one transaction, or all of an atomic batch, in order; never what another key made. */
export async function findByKey(database: Database, reader: Reader, query: unknown): Promise<PaymentsByKey> {
  const { idempotencyKey } = validated(paymentsByKeyFilter, query);
  const error = idempotencyKeyError(idempotencyKey, 'idempotencyKey');
  if (error) throw new ProblemError(validationFailed([error]));
  const atOnceMs = database.nowMs() + commandFinalAfterMs;
  // As the header means it; but "nothing" is no answer for who was recorded with the quotes as a part of the key.
  const meant = keyIn(idempotencyKey) ?? idempotencyKey;
  const { subject: caller, scope } = reader;
  const rows = meant === '' ? [] : await madeUnder(database, scope, keyDigest(caller, meant));
  if (rows.length > 0) return { rows, finalAfterMs: atOnceMs };
  const approvedMs = meant === '' ? 0 : await approvedAtLatestMs(database, keyDigest(caller, meant));
  const finalAfterMs = Math.max(atOnceMs, approvedMs + commandFinalAfterMs);
  if (meant === idempotencyKey) return { rows, finalAfterMs };
  return { rows: await madeUnder(database, scope, keyDigest(caller, idempotencyKey)), finalAfterMs };
}

async function madeUnder(database: Pool, scope: Scope, digest: Digest): Promise<TransactionRow[]> {
  const values: unknown[] = [digest];
  const seen = new SqlConditions(values, transactionsOf(scope));
  const { rows } = await database.query<KeyedRow>(paymentsByKeySql(seen), values);
  if (rows.some((row) => row.transaction_id === null)) throw new ProblemError({ code: 'ANSWER_ARCHIVED', detail });
  return withoutOthersReasons(database, scope, rows as TransactionRow[]);
}

/** When what waits for another person under this key is sent to an engine for the last time; 0 where nothing does. */
async function approvedAtLatestMs(database: Pool, digest: Digest): Promise<number> {
  const { rows } = await database.query<{ at: Date }>(
    `SELECT coalesce(decided_at, expires_at) AS at FROM approvals
      WHERE key_digest = $1 AND status IN ('PENDING', 'APPROVED') AND result IS NULL`,
    [digest],
  );
  return rows[0] ? rows[0].at.getTime() + doneWithinMs : 0;
}

const detail = 'This key was answered long ago, and its transaction has been archived. It will never be decided again.';

/** Without a transaction: its month was taken out of the ledger. */
type KeyedRow = TransactionRow | { transaction_id: null };

const paymentsByKeySql = (seen: SqlConditions) => `
  SELECT ${transactionColumns}
    FROM (${madeUnderKeySql}) AS made LEFT JOIN transactions ON transaction_id = made.id
   WHERE transaction_id IS NULL OR (true${seen.and()})
   ORDER BY place`;
