import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import type { Pool } from 'pg';
import { keyIn } from '../http/idempotency-key.js';

/**
 * What the key of digest $1 made: (id, place), a transaction or all of an atomic batch, also where another person had to approve it. A
 * wallet or a change is none.
 */
export const madeUnderKeySql = `
  SELECT made.id, made.place
    FROM idempotency_keys LEFT JOIN atomic_batches ON outcome_kind = 'ATOMIC_BATCH' AND atomic_batch_id = outcome_id
         LEFT JOIN approvals ON outcome_kind = 'APPROVAL' AND approval_id = outcome_id,
         LATERAL unnest(CASE outcome_kind WHEN 'TRANSACTION' THEN ARRAY[outcome_id]
                                          WHEN 'ATOMIC_BATCH' THEN transaction_ids
                                          WHEN 'APPROVAL' THEN ARRAY(SELECT jsonb_array_elements_text(result->'transactionIds')::uuid) END) WITH ORDINALITY AS made (id, place)
   WHERE idempotency_keys.key_digest = $1`;

/** The ids of what a caller's key made. As the header means it; else as it was recorded with its quotes. */
export async function idsUnderKey(database: Pool, caller: string, idempotencyKey: string): Promise<string[]> {
  const meant = keyIn(idempotencyKey) ?? idempotencyKey;
  for (const key of new Set([meant, idempotencyKey])) {
    const { rows } = await database.query<{ id: string }>(madeUnderKeySql, [keyDigest(caller, key)]);
    if (rows.length > 0) return rows.map(({ id }) => id);
  }
  return [];
}
