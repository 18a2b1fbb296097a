import { expect, test } from 'vitest';
import { fillEstimate } from './fill-estimate.js';
import { fillPlan } from './fill-plan.js';

test('every wallet gets its money before it pays, and as many payments are made as were asked for', () => {
  const rounds = fillPlan(250, 100, 64);
  expect(rounds.map(({ kind, steps }) => [kind, steps])).toEqual([
    ['DEPOSITS', 100],
    ['TO_BUSY', 100],
    ['FROM_BUSY', 100],
    ['ORDINARY', 50],
  ]);
});

test('each round begins with what the ones before it left', () => {
  const rounds = fillPlan(500, 100, 64);
  const entries = rounds.map(({ wallet }) => wallet.entries);
  expect(entries).toEqual([0, 1, 2, 3, 5, 7]);
  expect(rounds.map((round) => round.busy.entries)).toEqual([0, 0, 100, 200, 200, 200]);
  expect(rounds.map((round) => [round.firstTransaction, round.firstBatch])).toEqual(
    [0, 1, 2, 3, 4, 5].map((n) => [n * 100, n * 64]),
  );
});

test('the busy wallet pays back what it got, so a cycle leaves all balances as they were', () => {
  const rounds = fillPlan(45 * 100, 100, 64);
  const deposited = rounds[1]?.wallet.balance;
  for (const [i, round] of rounds.entries()) {
    const before = rounds[i - 1];
    if (before?.kind === 'TO_BUSY') {
      expect(round.busy.balance).toBe(before.amount * 100n);
      expect(round.amount).toBe(before.amount);
    } else if (i > 0) {
      expect(round.busy.balance).toBe(0n);
      expect(round.wallet.balance).toBe(deposited);
    }
  }
});

test('no wallet pays itself, whatever the round', () => {
  const wallets = 300;
  for (const { kind, shift } of fillPlan(wallets * 500, wallets, 64)) {
    if (kind !== 'ORDINARY') continue;
    expect(shift).toBeGreaterThan(0);
    expect(shift).toBeLessThan(wallets);
  }
});

test('what filling takes grows with the payments, of the log only up to what is kept', () => {
  const [small, large] = [fillEstimate(1_000_000), fillEstimate(10_000_000)];
  expect(small.bytes).toBeLessThan(large.bytes);
  expect(large.bytes).toBeLessThan(10 * small.bytes);
  expect(large.seconds).toBeCloseTo(10 * small.seconds);
});
