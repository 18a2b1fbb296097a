import { headOf } from '@smart-wallet/engine/contract/sealed-batch.js';
import { type Break, countBreak, otherBreak } from '../finding.js';
import type { BatchRow } from '../reads/batch-rows.js';

/** How far an engine's chain was gone through. Chains begin at batch 0 with 32 zero bytes. */
export interface ChainEnd {
  readonly seq: bigint;
  /** The head of that batch as its row says it, and as it should be: they differ where the row was changed. */
  readonly said: Buffer;
  readonly computed: Buffer;
}

export const chainStart: ChainEnd = { seq: 0n, said: Buffer.alloc(32), computed: Buffer.alloc(32) };

/** What the batch's root and digest are by its transactions; null: that is not known. */
export interface Recomputed {
  readonly root: Buffer;
  readonly digest: Buffer;
}

/**
 * The head continues the one before. One changed head is one finding: the next is held against both what the row before says and
 * what it should say. A root or digest that was changed is named by its own check alone, if the chain holds with the right ones.
 */
export function checkHashChain(
  end: ChainEnd,
  batch: BatchRow,
  recomputed: Recomputed | null,
): { end: ChainEnd; breaks: Break[] } {
  const seq = BigInt(batch.batchSeq);
  const breaks: Break[] = [];
  const { engineId, batchSeq } = batch;
  if (seq !== end.seq + 1n) {
    const numbers = { what: 'batchSeq', expected: end.seq + 1n, found: seq };
    breaks.push(countBreak('HASH_CHAIN', { engineId, batchSeq }, numbers));
    // Of what came before it nothing is known.
    return { end: { seq, said: batch.headHash, computed: batch.headHash }, breaks };
  }
  const heads = [end.said, end.computed].flatMap((before) => [
    headOf(before, seq, batch),
    ...(recomputed ? [headOf(before, seq, { merkleRoot: recomputed.root, digest: recomputed.digest })] : []),
  ]);
  const holds = heads.some((head) => head.equals(batch.headHash));
  const computed = holds ? batch.headHash : headOf(end.computed, seq, batch);
  if (!holds) {
    const hashes = { expected: computed.toString('hex'), found: batch.headHash.toString('hex') };
    breaks.push(otherBreak('HASH_CHAIN', { engineId, batchSeq }, { what: 'headHash', ...hashes }));
  }
  return { end: { seq, said: batch.headHash, computed }, breaks };
}
