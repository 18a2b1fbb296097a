import type { SealedBatch, SealedTransaction } from '@smart-wallet/engine/contract/sealed-batch.js';
import type { Pool } from 'pg';

/** A batch's row, and what stands around it in its engine's chain. */
export interface BatchRow extends SealedBatch {
  readonly transactionIds: string[];
  readonly merkleRoot: Buffer;
  readonly digest: Buffer;
  readonly headHash: Buffer;
  /** Of the batch before; null: it is the first one, or that one is not kept any more. */
  readonly previousHead: Buffer | null;
  /** How far the engine's chain goes. */
  readonly lastSeq: string;
  readonly lastHead: Buffer;
}

export async function readBatch(database: Pool, engineId: string, batchSeq: string): Promise<BatchRow | undefined> {
  const { rows } = await database.query<BatchRow>(
    `SELECT b.transaction_ids AS "transactionIds", b.merkle_root AS "merkleRoot", b.digest, b.head_hash AS "headHash",
            (extract(epoch FROM b.created_at) * 1000)::bigint AS "createdMs", b.leaf_version AS "leafVersion",
            b.event_partitions AS "eventPartitions", b.event_first_sequences AS "eventFirsts", b.changes,
            (SELECT p.head_hash FROM ledger_batches p WHERE p.worker_id = $1 AND p.batch_seq = $2::bigint - 1) AS "previousHead",
            e.batch_seq AS "lastSeq", e.head_hash AS "lastHead"
       FROM ledger_batches b JOIN engine_workers e ON e.worker_id = b.worker_id
      WHERE b.worker_id = $1 AND b.batch_seq = $2`,
    [engineId, batchSeq],
  );
  return rows[0];
}

/** In the order of the ids; those that are not kept any more are left out. */
export async function readSealed(database: Pool, ids: readonly string[]): Promise<SealedTransaction[]> {
  const { rows } = await database.query<SealedTransaction>(
    `SELECT t.transaction_id AS "transactionId", t.kind, t.status, t.caller, t.idempotency_key AS "idempotencyKey",
            t.request_hash AS "requestHash", t.sender_wallet_id AS "senderWalletId", t.receiver_wallet_id AS "receiverWalletId",
            t.amount, t.currency, t.sender_balance_after AS "senderBalanceAfter", t.sender_entry_no AS "senderEntryNo",
            t.receiver_balance_after AS "receiverBalanceAfter", t.receiver_entry_no AS "receiverEntryNo",
            t.failure_code AS "failureCode", t.failure_reason AS "failureReason", t.metadata::text AS metadata,
            t.parent_transaction_id AS "parentId", t.partition, t.released,
            (extract(epoch FROM t.initiated_at) * 1000)::bigint AS "initiatedMs",
            (extract(epoch FROM t.processing_at) * 1000)::bigint AS "processingMs",
            (extract(epoch FROM t.effective_at) * 1000)::bigint AS "effectiveMs",
            CASE WHEN t.kind = 'HOLD' THEN (SELECT (extract(epoch FROM h.expires_at) * 1000)::bigint FROM holds h
                                             WHERE h.hold_id = t.transaction_id) END AS "expiresMs"
       FROM transactions t WHERE t.transaction_id = ANY ($1::uuid[]) AND t.transaction_id BETWEEN $2::uuid AND $3::uuid`,
    // The bounds leave out the months that none of them is in.
    [ids, ids.reduce((low, id) => (id < low ? id : low)), ids.reduce((high, id) => (id > high ? id : high))],
  );
  const byId = new Map(rows.map((row) => [row.transactionId, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/**
 * The keys of the atomic batches that payments belong to, by the payments' ids: those carry their place behind it (`K #0`, of older
 * engines `K#0`), and a batch has the id of its first payment.
 */
export async function readAtomicKeys(
  database: Pool,
  transactions: readonly SealedTransaction[],
): Promise<Map<string, string>> {
  const firsts = transactions.filter(({ idempotencyKey }) => idempotencyKey.endsWith('#0'));
  if (firsts.length === 0) return new Map();
  const { rows } = await database.query<{ key: string; ids: string[] }>(
    `SELECT idempotency_key AS key, transaction_ids AS ids FROM atomic_batches WHERE atomic_batch_id = ANY ($1::uuid[])`,
    [firsts.map(({ transactionId }) => transactionId)],
  );
  return new Map(rows.flatMap(({ key, ids }) => ids.map((id): [string, string] => [id, key])));
}
