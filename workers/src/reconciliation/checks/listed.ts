import { type Break, countBreak } from '../finding.js';
import type { Unlisted } from '../reads/unlisted.js';

/** A transaction is listed by the batch that it says it is of. Of a batch that is gone, one of its transactions says so. */
export function checkUnlisted(unlisted: readonly Unlisted[]): Break[] {
  const gone = new Set<string>();
  return unlisted.flatMap(({ transactionId, engineId, batchSeq, batchIsThere }) => {
    const batch = `${engineId} ${batchSeq}`;
    if (gone.has(batch)) return [];
    if (!batchIsThere) gone.add(batch);
    const what = batchIsThere ? 'listed' : 'batch';
    return [countBreak('PAIR', { transactionId, engineId, batchSeq }, { what, expected: 1n, found: 0n })];
  });
}
