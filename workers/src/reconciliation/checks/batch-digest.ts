import { batchDigest } from '@smart-wallet/engine/contract/sealed-batch.js';
import { type Break, otherBreak } from '../finding.js';
import type { BatchRow } from '../reads/batch-rows.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

/** The digest over what the database decided, computed again: entry numbers, balances after, the time, the events' numbers. */
export function checkBatchDigest(
  batch: BatchRow,
  transactions: readonly TransactionRow[],
): { digest: Buffer; breaks: Break[] } {
  const { engineId, batchSeq } = batch;
  const breaks: Break[] = [];
  const digest = batchDigest(batch, transactions);
  if (!digest.equals(batch.digest)) {
    const hashes = { expected: digest.toString('hex'), found: batch.digest.toString('hex') };
    breaks.push(otherBreak('BATCH_DIGEST', { engineId, batchSeq }, { what: 'digest', ...hashes }));
  }
  // The transactions' own times are not sealed: the batch's is, and they are the same.
  for (const { transactionId, createdMs } of transactions) {
    if (createdMs === batch.createdMs) continue;
    const times = { expected: isoOf(batch.createdMs), found: isoOf(createdMs) };
    breaks.push(otherBreak('BATCH_DIGEST', { engineId, batchSeq, transactionId }, { what: 'createdAt', ...times }));
  }
  return { digest, breaks };
}

function isoOf(ms: string): string {
  return new Date(Number(ms)).toISOString();
}
