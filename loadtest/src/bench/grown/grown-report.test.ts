import { expect, test } from 'vitest';
import { isMet } from '../targets.js';
import type { GrownMeasurement, GrownPair, Moment } from './grown.js';
import { grownCases, grownTargets } from './grown-report.js';

const measured = (paymentsPerSecond: number, walBytes = 1_000): GrownMeasurement => ({
  case: 'http',
  workload: 'uniform',
  connections: 64,
  paymentsPerSecond,
  p50Ms: 10,
  p99Ms: 20,
  cpuMicrosPerPayment: 500,
  cpuMicrosByPart: null,
  acknowledged: 1,
  booksBalance: true,
  storage: { walBytes, pagesWhole: 0.1, pagesRead: 1 },
});
const pair = (grown: number, empty: number, moment: Moment = 'use'): GrownPair => ({
  moment,
  grown: measured(grown, 3_000),
  empty: measured(empty),
});

test('a grown ledger is compared pair by pair, and its log told beside that of the empty one', () => {
  // The machine turned slower after the first pair.
  const [one] = grownCases([pair(950, 1_000), pair(92, 100), pair(80, 100)]);
  expect(one?.paymentsPerSecond).toEqual({ median: 0.92, min: 0.8, max: 0.95 });
  expect(one?.figures.grown.walBytes).toBe(3_000);
  expect(one?.figures.empty.walBytes).toBe(1_000);
});

test('a tenth slower is the most, and fifty milliseconds for a page', () => {
  const read = { pages: 1, pagesPerSecond: 1, p50Ms: 1 };
  const targets = grownTargets(grownCases([pair(89, 100)]), [
    { read: 'sparse', p99Ms: 50, ...read },
    { read: 'statement', p99Ms: 51, ...read },
  ]);
  expect(targets.map(isMet)).toEqual([false, true, false]);
  expect(grownTargets(grownCases([pair(90, 100)]), []).map(isMet)).toEqual([true]);
});

test('right after a checkpoint is a row of its own, and not what is judged', () => {
  const cases = grownCases([pair(50, 100, 'checkpoint'), pair(95, 100)]);
  expect(cases.map(({ moment, paymentsPerSecond }) => [moment, paymentsPerSecond.median])).toEqual([
    ['checkpoint', 0.5],
    ['use', 0.95],
  ]);
  expect(grownTargets(cases, []).map(isMet)).toEqual([true]);
});
