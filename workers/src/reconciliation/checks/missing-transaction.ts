import { type Break, countBreak, otherBreak } from '../finding.js';
import type { BatchRow } from '../reads/batch-rows.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

export interface Listed {
  /** In leaf order; null: not all of them are there, or one is there twice, and nothing more can be said of the batch. */
  readonly transactions: TransactionRow[] | null;
  readonly breaks: Break[];
}

/** Every transaction that a batch lists is there, once, and says that it is of that batch. Months that were taken out are not missed. */
export function checkListed(
  batch: BatchRow,
  byId: ReadonlyMap<string, TransactionRow>,
  isArchived: (transactionId: string) => boolean,
): Listed {
  const { engineId, batchSeq } = batch;
  const breaks: Break[] = [];
  const seen = new Set<string>();
  const transactions: TransactionRow[] = [];
  for (const transactionId of batch.transactionIds) {
    const place = { engineId, batchSeq, transactionId };
    if (seen.has(transactionId)) {
      breaks.push(countBreak('MISSING_TRANSACTION', place, { what: 'listed', expected: 1n, found: 2n }));
    }
    seen.add(transactionId);
    const row = byId.get(transactionId);
    if (!row) {
      if (!isArchived(transactionId)) {
        breaks.push(countBreak('MISSING_TRANSACTION', place, { what: 'rows', expected: 1n, found: 0n }));
      }
      continue;
    }
    transactions.push(row);
    if (row.engineId === engineId && row.batchSeq === batchSeq) continue;
    const batches = { expected: `${engineId} ${batchSeq}`, found: `${row.engineId} ${row.batchSeq}` };
    breaks.push(otherBreak('MISSING_TRANSACTION', place, { what: 'batch', ...batches }));
  }
  const whole = transactions.length === batch.transactionIds.length && seen.size === transactions.length;
  return { transactions: whole ? transactions : null, breaks };
}
