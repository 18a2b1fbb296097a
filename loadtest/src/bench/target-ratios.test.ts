import { expect, test } from 'vitest';
import type { CaseName } from './cases.js';
import type { Row } from './measurement.js';
import { targetRatios } from './target-ratios.js';
import { isMet, targetLines } from './targets.js';
import type { Workload } from './workload.js';

const row = (name: CaseName, connections: number, paymentsPerSecond: number, workload: Workload = 'uniform'): Row => ({
  case: name,
  workload,
  connections,
  paymentsPerSecond,
  p50Ms: 1,
  p99Ms: 2,
  cpuMicrosPerPayment: 100,
  cpuMicrosByPart: null,
  booksBalance: true,
});

test('each target stands beside what was measured, by connections and workload', () => {
  const rows = [
    row('raw', 2, 10_000),
    row('raw', 2, 20_000, 'merchant'),
    row('engine', 1, 8_000),
    row('engine', 1, 12_000, 'merchant'),
    row('httpBatch', 8, 6_500),
    row('plan', 64, 500),
    row('http', 16, 1_000),
    row('http', 64, 3_500),
    row('http', 256, 3_000),
  ];
  expect(targetRatios({ rows, openLoop: [] }).map((target) => [target.name, target.value, isMet(target)])).toEqual([
    ['engine / raw', 0.8, true],
    ['engine / raw, merchant', 0.6, false],
    ['httpBatch / raw', 0.65, true],
    ['http / plan, 64 connections', 7, true],
    ['http / plan, 256 connections', 6, false],
  ]);
});

test('at even times the slowest hundredth may take three times the median', () => {
  const run = { workload: 'uniform', rate: 100, paymentsPerSecond: 100, p50Ms: 10, booksBalance: true } as const;
  const openLoop = [
    { ...run, p99Ms: 30 },
    { ...run, p99Ms: 31 },
  ];
  expect(targetRatios({ rows: [], openLoop }).map(isMet)).toEqual([true, false]);
});

test('what was not measured has no ratio', () => {
  expect(targetRatios({ rows: [row('engine', 1, 8_000), row('plan', 64, 0)], openLoop: [] })).toEqual([]);
});

test('a target is told with what would be better, and whether it is met', () => {
  const [head, first, second] = targetLines([
    { name: 'a', value: 6.5, bound: 6, at: 'least', wanted: 8 },
    { name: 'b', value: 0.41, bound: 0.3, at: 'most', unit: 'ms' },
  ]);
  expect(head).toContain('measured');
  expect(first).toMatch(/^a +6\.50 {2}≥ 6\.00 \(8\.00 wanted\) {3}met$/);
  expect(second).toMatch(/^b +0\.41 ms {2}≤ 0\.30 ms {3}MISSED$/);
  expect(targetLines([])).toEqual([]);
});
