import { expect, test } from 'vitest';
import type { Measurement } from '../measurement.js';
import { isMet } from '../targets.js';
import { againstTargets } from './against-targets.js';
import { caseRatios } from './pair-ratios.js';

const http = (connections: number, paymentsPerSecond: number, p50Ms: number, cpu: number | null): Measurement => ({
  case: 'http',
  workload: 'uniform',
  connections,
  paymentsPerSecond,
  p50Ms,
  p99Ms: 2 * p50Ms,
  cpuMicrosPerPayment: cpu,
  cpuMicrosByPart: null,
  acknowledged: 1,
  booksBalance: true,
});

const targetsOf = (...pairs: [Measurement, Measurement][]) =>
  againstTargets(caseRatios(pairs.map(([own, other]) => ({ this: own, other }))));

test('few callers are to be faster, many to need less CPU, a lone one to wait no longer', () => {
  const targets = targetsOf(
    [http(1, 150, 6.2, 900), http(1, 150, 6.0, 900)],
    [http(16, 1_500, 10, 500), http(16, 1_000, 16, 600)],
    [http(64, 2_000, 30, 360), http(64, 1_500, 40, 500)],
  );
  expect(targets.map((target) => [target.name, isMet(target)])).toEqual([
    ['http, 16 connections: payments/s', true],
    ['http, 64 connections: CPU a payment', false],
    ['http, a lone client: p50, this less other', true],
  ]);
});

test("a lone client's wait is compared pair by pair: the machine may turn slower between them", () => {
  const [target] = targetsOf(
    [http(1, 150, 6.1, null), http(1, 150, 6.0, null)],
    [http(1, 50, 20.4, null), http(1, 50, 20.0, null)],
    [http(1, 50, 20.4, null), http(1, 50, 20.0, null)],
  );
  expect(target?.value).toBeCloseTo(0.4);
});

test('nothing is said of what was not measured', () => {
  expect(targetsOf([http(256, 1, 1, 1), http(256, 1, 1, 1)], [http(64, 1, 1, null), http(64, 1, 1, null)])).toEqual([]);
});
