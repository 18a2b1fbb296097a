import { expect, test } from 'vitest';
import type { LimitsChanged } from '../events.js';
import { evolve } from '../evolve.js';
import { wallet } from '../testing/wallet.js';
import { noLimits } from '../wallet-state.js';
import { decideLimits } from './limits.js';
import { decideTransfer } from './transfer.js';

test('credit lets a wallet go below zero, so far and no further', () => {
  const changed = decideLimits(wallet('a'), { creditLimit: 5_000n, limits: noLimits }) as LimitsChanged;
  const payer = evolve(wallet('a'), changed);
  const pay = (amount: bigint) =>
    decideTransfer(payer, wallet('b'), { kind: 'PAYMENT', amount, currency: 'EUR', day: 1 });
  expect(pay(5_000n)).toMatchObject({ type: 'PAIR_POSTED' });
  expect(pay(5_100n)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
});

test('credit that is in use cannot be taken away', () => {
  const indebted = wallet('a', { balance: -3_000n, held: 1_000n, floor: -5_000n });
  expect(decideLimits(indebted, { creditLimit: 3_900n, limits: noLimits })).toMatchObject({
    code: 'CREDIT_LIMIT_IN_USE',
    reason: expect.stringContaining('uses 0.40 EUR of its credit'),
    restsOn: ['a'],
  });
  expect(decideLimits(indebted, { creditLimit: 4_000n, limits: noLimits })).toMatchObject({ floor: -4_000n });
});

test('a daily limit that is set at noon knows the morning, and the next day begins at zero', () => {
  const morning = wallet('a', { balance: 100_000n, day: 1, dayOut: 7_000n });
  const changed = decideLimits(morning, { creditLimit: 0n, limits: { ...noLimits, dailyOut: 10_000n } });
  const payer = evolve(morning, changed as LimitsChanged);
  const pay = (amount: bigint, day: number) =>
    decideTransfer(payer, wallet('b'), { kind: 'PAYMENT', amount, currency: 'EUR', day });
  expect(pay(3_000n, 1)).toMatchObject({ type: 'PAIR_POSTED' });
  expect(pay(3_100n, 1)).toMatchObject({ code: 'DAILY_OUT_LIMIT_EXCEEDED' });
  expect(pay(10_000n, 2)).toMatchObject({ type: 'PAIR_POSTED' });
});

test('a limit below what was used already says that nothing is left', () => {
  const used = wallet('a', { balance: 100_000n, day: 1, dayOut: 7_000n, limits: { ...noLimits, dailyOut: 100n } });
  expect(decideTransfer(used, wallet('b'), { kind: 'PAYMENT', amount: 1n, currency: 'EUR', day: 1 })).toMatchObject({
    reason: expect.stringContaining('0.00 is left today'),
  });
});
