import {
  batchDigest,
  headOf,
  leafTexts,
  merkleTree,
  rootOf,
  type SealedTransaction,
} from '@smart-wallet/engine/contract/sealed-batch.js';
import type { BatchRow } from './read-sealed.js';

/** Before the first batch of an engine. */
const chainStart = Buffer.alloc(32);

interface Sealed {
  readonly batch: BatchRow;
  readonly batchSeq: bigint;
  /** All of the batch that are kept. */
  readonly transactions: readonly SealedTransaction[];
  readonly atomicKeys: ReadonlyMap<string, string>;
}

/** What of the seal holds when it is made again from the rows. null: rows that it needs are not kept any more. */
export interface Checks {
  /** The transaction is as it was sealed. */
  readonly root: boolean | null;
  /** Balances, entry numbers and time of the batch are as the database decided. */
  readonly digest: boolean | null;
  /** The batch continues the one before. */
  readonly head: boolean | null;
}

/** Makes the seal of a transaction's batch again, and says what of it is as it stands in the ledger. */
export function prove({ batch, batchSeq, transactions, atomicKeys }: Sealed, transactionId: string) {
  const isWhole = transactions.length === batch.transactionIds.length;
  const place = batch.transactionIds.indexOf(transactionId);
  const leaves = isWhole ? leafTexts(batch, transactions, atomicKeys) : [];
  const leaf = leaves[place] ?? null;
  const { path } = merkleTree(leaves, place);
  const before = batch.previousHead ?? (batchSeq === 1n ? chainStart : null);
  const isLast = batch.lastSeq === String(batchSeq);
  const checks: Checks = {
    root: leaf === null ? (isWhole ? false : null) : rootOf(leaf, path).equals(batch.merkleRoot),
    digest: isWhole ? batchDigest(batch, transactions).equals(batch.digest) : null,
    head:
      before &&
      headOf(before, batchSeq, batch).equals(batch.headHash) &&
      (!isLast || batch.lastHead.equals(batch.headHash)),
  };
  return { leaf, path, previousHead: before, checks, verified: Object.values(checks).every((holds) => holds === true) };
}
