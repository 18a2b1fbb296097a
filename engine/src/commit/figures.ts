import type { BatchFigures } from '../contract/events.js';
import { movesMoney } from '../contract/transaction-kind.js';
import type { PlannedTransaction } from './plan/batch-plan.js';

/** Counts and sums what a batch holds. They stand in its row and are what every board and alert adds up. */
export function figuresOf(transactions: readonly PlannedTransaction[]): BatchFigures {
  const countByCurrency: Record<string, number> = {};
  const figures: BatchFigures = {
    ...{ succeeded: 0, failed: 0, failuresByCode: {}, countByKind: {}, sumByCurrency: {}, countByCurrency },
  };
  const sums = new Map<string, bigint>();
  for (const { terms, amount, outcome } of transactions) {
    const { kind, currency } = terms;
    if (outcome.type === 'REFUSED') {
      figures.failed += 1;
      figures.failuresByCode[outcome.code] = (figures.failuresByCode[outcome.code] ?? 0) + 1;
    } else {
      figures.succeeded += 1;
      if (!movesMoney[kind]) continue;
      figures.countByKind[kind] = (figures.countByKind[kind] ?? 0) + 1;
      countByCurrency[currency] = (countByCurrency[currency] ?? 0) + 1;
      sums.set(currency, (sums.get(currency) ?? 0n) + amount);
    }
  }
  for (const [currency, sum] of sums) figures.sumByCurrency[currency] = sum.toString();
  return figures;
}
