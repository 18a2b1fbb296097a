import { expect, test } from 'vitest';
import type { Measurement } from '../measurement.js';
import { caseRatios, type Pair, sidesOf } from './pair-ratios.js';

function measured(paymentsPerSecond: number, cpuMicrosPerPayment: number | null = 100): Measurement {
  return {
    case: 'http',
    workload: 'uniform',
    connections: 64,
    paymentsPerSecond,
    p50Ms: 64_000 / paymentsPerSecond,
    p99Ms: 100,
    cpuMicrosPerPayment,
    cpuMicrosByPart: null,
    acknowledged: 1,
    booksBalance: true,
  };
}

const pair = (own: Measurement, other: Measurement): Pair => ({ this: own, other });

test('each build is measured first as often as the other', () => {
  expect([0, 1, 2, 3].map((n) => sidesOf(n)[0])).toEqual(['this', 'other', 'this', 'other']);
  expect(sidesOf(1)).toEqual(['other', 'this']);
});

test("a case's ratio is the median of its pairs' own ratios, not the ratio of medians", () => {
  // The machine became ten times slower after the first pair; within each pair both builds met the same machine.
  const [ratio] = caseRatios([
    pair(measured(1_000), measured(1_000)),
    pair(measured(110), measured(100)),
    pair(measured(120), measured(100)),
  ]);
  expect(ratio?.pairs).toBe(3);
  expect(ratio?.paymentsPerSecond).toEqual({ median: 1.1, min: 1, max: 1.2 });
});

test('CPU a payment below 1 means that this build needs less', () => {
  const [ratio] = caseRatios([pair(measured(100, 80), measured(100, 100))]);
  expect(ratio?.cpuPerPayment).toEqual({ median: 0.8, min: 0.8, max: 0.8 });
});

test('where CPU time cannot be read, no ratio of it is made up', () => {
  const [ratio] = caseRatios([pair(measured(100, 80), measured(100, 80)), pair(measured(100, null), measured(100))]);
  expect(ratio?.cpuPerPayment).toBeNull();
});

test('cases, workloads and connections are kept apart', () => {
  const lone = { ...measured(100), connections: 1 };
  const merchant: Measurement = { ...measured(100), workload: 'merchant' };
  expect(
    caseRatios([pair(measured(1), measured(1)), pair(lone, lone), pair(merchant, merchant)]).map((ratio) => [
      ratio.workload,
      ratio.connections,
    ]),
  ).toEqual([
    ['uniform', 64],
    ['uniform', 1],
    ['merchant', 64],
  ]);
});
