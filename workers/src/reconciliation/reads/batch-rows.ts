import type { SealedBatch } from '@smart-wallet/engine/contract/sealed-batch.js';
import type pg from 'pg';

/** A batch as its row says it. */
export interface BatchRow extends SealedBatch {
  readonly engineId: string;
  readonly batchSeq: string;
  readonly transactionIds: string[];
  readonly figures: Readonly<Record<string, unknown>>;
  readonly latency: number[];
  readonly merkleRoot: Buffer;
  readonly digest: Buffer;
  readonly headHash: Buffer;
}

const columns = `worker_id AS "engineId", batch_seq AS "batchSeq", transaction_ids AS "transactionIds", figures, latency,
  merkle_root AS "merkleRoot", digest, head_hash AS "headHash", (extract(epoch FROM created_at) * 1000)::bigint AS "createdMs",
  leaf_version AS "leafVersion", event_partitions AS "eventPartitions", event_first_sequences AS "eventFirsts", changes`;

export interface BatchRange {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly most: number;
  /** No batch begins behind so many transactions: small batches are followed by large ones without a warning. */
  readonly transactionsMax: number;
}

/** Those after one and up to another, in order, one at least. What was committed stays, so it needs no snapshot. */
export async function readBatches(
  client: pg.ClientBase,
  engineId: string,
  { after, upTo, most, transactionsMax }: BatchRange,
): Promise<BatchRow[]> {
  const { rows } = await client.query<BatchRow>({
    name: 'reconciliation-batches',
    text: `SELECT ${columns} FROM (
             SELECT *, sum(cardinality(transaction_ids)) OVER (ORDER BY batch_seq) - cardinality(transaction_ids) AS before
               FROM (SELECT * FROM ledger_batches
                      WHERE worker_id = $1 AND batch_seq > $2 AND batch_seq <= $3 ORDER BY batch_seq LIMIT $4) page
           ) counted WHERE before < $5 ORDER BY batch_seq`,
    values: [engineId, String(after), String(upTo), most, transactionsMax],
  });
  return rows;
}
