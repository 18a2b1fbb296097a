import type { CaseName } from './cases.js';
import type { Figures } from './measurement.js';
import type { Target } from './targets.js';
import type { Workload } from './workload.js';

/** What one case is to be to another of the same run. Of what was measured only. */
export function targetRatios({ rows, openLoop }: Figures): Target[] {
  const figure = (name: CaseName, workload: Workload, connections?: number) =>
    rows.find(
      (row) =>
        row.case === name &&
        row.workload === workload &&
        (connections === undefined || row.connections === connections),
    )?.paymentsPerSecond ?? Number.NaN;
  const engineToRaw = (workload: Workload) => figure('engine', workload) / figure('raw', workload);
  const httpToPlan = (connections: number) => figure('http', 'uniform', connections) / figure('plan', 'uniform');
  const least = (name: string, value: number, bound: number): Target => ({ name, value, bound, at: 'least' });
  const targets: Target[] = [
    least('engine / raw', engineToRaw('uniform'), 0.75),
    least('engine / raw, merchant', engineToRaw('merchant'), 0.65),
    least('engine / raw, pair', engineToRaw('pair'), 0.6),
    least('httpBatch / raw', figure('httpBatch', 'uniform') / figure('raw', 'uniform'), 0.65),
    { ...least('http / plan, 64 connections', httpToPlan(64), 6), wanted: 8 },
    least('http / plan, 256 connections', httpToPlan(256), 8),
    ...openLoop.map(
      ({ workload, p50Ms, p99Ms }): Target => ({
        name: `http at 70 % of its peak, ${workload}: p99 / p50`,
        value: p99Ms / p50Ms,
        bound: 3,
        at: 'most',
      }),
    ),
  ];
  return targets.filter(({ value }) => Number.isFinite(value) && value > 0);
}
