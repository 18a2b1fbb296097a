import { leafTexts, merkleRoot } from '@smart-wallet/engine/contract/sealed-batch.js';
import { type Break, otherBreak } from '../finding.js';
import type { BatchRow } from '../reads/batch-rows.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

/** The root over what the engine asked for, computed again from the rows: what was sealed was changed, or the root was. */
export function checkMerkleRoot(
  batch: BatchRow,
  transactions: readonly TransactionRow[],
  atomicKeys: ReadonlyMap<string, string>,
): { root: Buffer; breaks: Break[] } {
  const root = merkleRoot(leafTexts(batch, transactions, atomicKeys));
  if (root.equals(batch.merkleRoot)) return { root, breaks: [] };
  const { engineId, batchSeq } = batch;
  const hashes = { expected: root.toString('hex'), found: batch.merkleRoot.toString('hex') };
  return { root, breaks: [otherBreak('MERKLE_ROOT', { engineId, batchSeq }, { what: 'merkleRoot', ...hashes })] };
}
