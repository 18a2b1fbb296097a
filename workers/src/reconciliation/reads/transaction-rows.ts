import type { SealedTransaction } from '@smart-wallet/engine/contract/sealed-batch.js';
import type pg from 'pg';

/** A transaction as its row says it. */
export interface TransactionRow extends SealedTransaction {
  readonly engineId: string;
  readonly batchSeq: string;
  readonly createdMs: string;
}

const text = `
  SELECT t.transaction_id AS "transactionId", t.kind, t.status, t.caller, t.idempotency_key AS "idempotencyKey",
         t.request_hash AS "requestHash", t.sender_wallet_id AS "senderWalletId", t.receiver_wallet_id AS "receiverWalletId",
         t.amount, t.currency, t.sender_balance_after AS "senderBalanceAfter", t.sender_entry_no AS "senderEntryNo",
         t.receiver_balance_after AS "receiverBalanceAfter", t.receiver_entry_no AS "receiverEntryNo",
         t.failure_code AS "failureCode", t.failure_reason AS "failureReason", t.metadata::text AS metadata,
         t.parent_transaction_id AS "parentId", t.partition, t.worker_id AS "engineId", t.batch_seq AS "batchSeq", t.released,
         (extract(epoch FROM t.initiated_at) * 1000)::bigint AS "initiatedMs",
         (extract(epoch FROM t.processing_at) * 1000)::bigint AS "processingMs",
         (extract(epoch FROM t.effective_at) * 1000)::bigint AS "effectiveMs",
         (extract(epoch FROM t.created_at) * 1000)::bigint AS "createdMs",
         CASE WHEN t.kind = 'HOLD' THEN (SELECT (extract(epoch FROM h.expires_at) * 1000)::bigint FROM holds h
                                          WHERE h.hold_id = t.transaction_id) END AS "expiresMs"
    FROM transactions t
   WHERE t.transaction_id = ANY ($1::uuid[])
     -- leaves out the months that none of them is in
     AND t.transaction_id BETWEEN $2::uuid AND $3::uuid`;

export async function readTransactions(
  client: pg.ClientBase,
  ids: readonly string[],
): Promise<Map<string, TransactionRow>> {
  if (ids.length === 0) return new Map();
  const sorted = ids.toSorted();
  const values = [`{${sorted.join(',')}}`, sorted[0], sorted.at(-1)];
  const { rows } = await client.query<TransactionRow>({ name: 'reconciliation-transactions', text, values });
  return new Map(rows.map((row) => [row.transactionId, row]));
}

/**
 * The keys of the atomic batches that the transactions belong to, by the ids of their payments: those carry their place behind it
 * (`K #0`, of older engines `K#0`), and a batch has the id of its first payment.
 */
export async function readAtomicKeys(
  client: pg.ClientBase,
  transactions: Iterable<TransactionRow>,
): Promise<Map<string, string>> {
  const firsts: string[] = [];
  for (const { idempotencyKey, transactionId } of transactions) {
    if (idempotencyKey.endsWith('#0')) firsts.push(transactionId);
  }
  if (firsts.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; ids: string[] }>({
    name: 'reconciliation-atomic-keys',
    text: `SELECT idempotency_key AS key, transaction_ids AS ids FROM atomic_batches WHERE atomic_batch_id = ANY ($1::uuid[])`,
    values: [`{${firsts.join(',')}}`],
  });
  return new Map(rows.flatMap(({ key, ids }) => ids.map((id): [string, string] => [id, key])));
}
