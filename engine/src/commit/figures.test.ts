import { expect, test } from 'vitest';
import type { TransactionKind } from '../contract/transaction-kind.js';
import { figuresOf } from './figures.js';
import type { PlannedTransaction } from './plan/batch-plan.js';

function planned(kind: TransactionKind, amount: bigint, currency: string, code?: string): PlannedTransaction {
  const outcome = code ? { type: 'REFUSED', code, reason: '', restsOn: [] } : { type: 'POSTED' };
  return { terms: { kind, currency }, amount, outcome } as unknown as PlannedTransaction;
}

test('figures count what succeeded and failed, and as moved only what moves money', () => {
  expect(
    figuresOf([
      planned('PAYMENT', 10_000n, 'EUR'),
      planned('PAYMENT', 20_000n, 'USD'),
      planned('DEPOSIT', 5_000n, 'EUR'),
      planned('HOLD', 90_000n, 'EUR'),
      planned('PAYMENT', 70_000n, 'EUR', 'INSUFFICIENT_FUNDS'),
      planned('HOLD', 70_000n, 'EUR', 'INSUFFICIENT_FUNDS'),
    ]),
  ).toEqual({
    succeeded: 4,
    failed: 2,
    failuresByCode: { INSUFFICIENT_FUNDS: 2 },
    countByKind: { PAYMENT: 2, DEPOSIT: 1 },
    sumByCurrency: { EUR: '15000', USD: '20000' },
    countByCurrency: { EUR: 2, USD: 1 },
  });
});
