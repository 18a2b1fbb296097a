import { expect, test } from 'vitest';
import { ledgerInconsistency, type NamedFinding } from './ledger-inconsistency.js';

const terms = { threshold: 1, windowMinutes: 5, minimumSample: 0 };
const balance: NamedFinding = {
  ...{ check: 'BALANCE', walletId: 'w-1', transactionId: null },
  ...{ currency: 'EUR', expected: '10.00', found: '12.50', delta: '2.50' },
};
const missing: NamedFinding = {
  ...{ check: 'PAIR', walletId: null, transactionId: 't-1' },
  ...{ currency: 'EUR', expected: '7.00', found: null, delta: '-7.00' },
};
const hash: NamedFinding = {
  ...{ check: 'BATCH_HASH', walletId: null, transactionId: null },
  ...{ currency: null, expected: 'ab'.repeat(32), found: 'cd'.repeat(32), delta: null },
};

test('a break is named with whose money it is and the cent', () => {
  const [fires] = ledgerInconsistency(
    { open: 3, byCheck: { PAIR: 1, BALANCE: 1, BATCH_HASH: 1 }, earliest: [balance, missing, hash] },
    terms,
  );
  expect(fires?.says).toBe(
    'reconciliation has 3 open findings: BALANCE (1), BATCH_HASH (1), PAIR (1); ' +
      'BALANCE of wallet w-1: expected 10.00 EUR, found 12.50 EUR (+2.50); ' +
      'PAIR of transaction t-1: expected 7.00 EUR, found nothing (-7.00); BATCH_HASH',
  );
});

test('of many only the earliest are named', () => {
  const [fires] = ledgerInconsistency({ open: 40, byCheck: { BALANCE: 40 }, earliest: [balance] }, terms);
  expect(fires?.says).toContain('BALANCE (40); the earliest: BALANCE of wallet w-1');
  expect(ledgerInconsistency({ open: 0, byCheck: {}, earliest: [] }, terms)).toEqual([]);
});
