import { type Break, otherBreak } from '../finding.js';
import type { EngineEnd, WitnessedHead } from '../reads/chain-ends.js';

/** An engine is at its last batch, with that one's head. Its row and the batch are of one moment. */
export function checkEngineEnd(end: EngineEnd): Break[] {
  const { engineId, batchSeq, headHash, lastSeq, lastHead } = end;
  const expected = lastSeq === null ? '00'.repeat(32) : lastHead;
  if (batchSeq === (lastSeq ?? '0') && headHash === expected) return [];
  const heads = { what: 'engine', expected, found: headHash };
  return [otherBreak('CHAIN_TAIL', { engineId, batchSeq: lastSeq ?? '0' }, heads)];
}

/** What somebody saw as the head of a chain is still in it: else its end was cut off, or it was written anew from there. */
export function checkWitnessed({ engineId, batchSeq, headHash, foundHead }: WitnessedHead): Break[] {
  if (foundHead === headHash) return [];
  const heads = { what: 'witnessed', expected: headHash, found: foundHead };
  return [otherBreak('CHAIN_TAIL', { engineId, batchSeq }, heads)];
}
