import { randomBytes } from 'node:crypto';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type pg from 'pg';
import { type WriterState, writeBatch } from '../../ledger/batch-writer.js';
import { currency, paymentAmount, paymentSource, walletIds } from '../workload.js';

const batchSize = 500;
const batches = 40;
const committed = batches * batchSize;

/** Of one payment, or of one key. */
export interface CommitCost {
  micros: number;
  walBytes: number;
  /** How many pages the log holds whole. */
  pagesWhole: number;
}

/** Does the work right after a checkpoint, when every page's first change is logged as the whole page. */
export async function costOf(client: pg.Client, work: () => Promise<void>): Promise<CommitCost> {
  await client.query('CHECKPOINT');
  const before = await walOf(client);
  const startedAt = performance.now();
  await work();
  const micros = (performance.now() - startedAt) * 1_000;
  const after = await walOf(client);
  return {
    micros: micros / committed,
    walBytes: (after.bytes - before.bytes) / committed,
    pagesWhole: (after.pages - before.pages) / committed,
  };
}

/** Payments by `apply_batch_v3`, as an engine calls it. */
export async function commitPayments(client: pg.Client, writer: WriterState, partitionCount: number): Promise<void> {
  const next = paymentSource('uniform', walletIds());
  const caller = 'bench';
  for (let batch = 0; batch < batches; batch++) {
    const payments = Array.from({ length: batchSize }, () => {
      const { sender: senderWalletId, receiver: receiverWalletId, idempotencyKey } = next();
      const terms: TransferTerms<'PAYMENT'> = {
        kind: 'PAYMENT',
        senderWalletId,
        receiverWalletId,
        amount: paymentAmount.toString(),
        currency,
        reference: null,
        description: null,
        metadata: null,
      };
      return {
        ...terms,
        senderWalletId,
        receiverWalletId,
        amount: paymentAmount,
        caller,
        idempotencyKey,
        keyDigest: keyDigest(caller, idempotencyKey),
        requestHash: requestHash(terms),
        partition: partitionOf(senderWalletId, partitionCount),
        initiatedAtMs: Date.now(),
      };
    });
    await writeBatch(client, writer, payments);
  }
}

/** The keys alone, as `apply_batch_v3` writes them. */
export async function commitKeys(client: pg.Client): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const keys = Array.from({ length: batchSize }, () => randomBytes(16).toString('hex'));
    await client.query({
      name: 'keys',
      text: `INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash)
             SELECT key, key, key FROM unnest($1::uuid[]) AS key ORDER BY key`,
      values: [keys],
    });
  }
}

/** What this connection has logged so far. */
async function walOf(client: pg.Client): Promise<{ bytes: number; pages: number }> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query(
    'SELECT wal_bytes::float8 AS bytes, wal_fpi::float8 AS pages FROM pg_stat_get_backend_wal(pg_backend_pid())',
  );
  return rows[0];
}
