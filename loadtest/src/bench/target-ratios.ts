import type { CaseName } from './cases.js';
import type { Figures } from './measurement.js';
import type { Workload } from './workload.js';

/** What one case is to be to another of the same run. */
interface Ratio {
  name: string;
  value: number;
  target: number;
  /** `value` is to be at most the target, not at least. */
  most?: boolean;
}

/** Of what was measured only. */
export function targetRatios({ rows, openLoop }: Figures): Ratio[] {
  const best = (name: CaseName, workload: Workload) =>
    Math.max(
      ...rows.filter((row) => row.case === name && row.workload === workload).map((row) => row.paymentsPerSecond),
    );
  const ratios: Ratio[] = [
    { name: 'engine / raw, uniform', value: best('engine', 'uniform') / best('raw', 'uniform'), target: 0.7 },
    { name: 'httpBatch / raw, uniform', value: best('httpBatch', 'uniform') / best('raw', 'uniform'), target: 0.5 },
    { name: 'http / plan, uniform', value: best('http', 'uniform') / best('plan', 'uniform'), target: 6 },
    { name: 'engine: merchant / uniform', value: best('engine', 'merchant') / best('engine', 'uniform'), target: 1.1 },
    { name: 'engine: pair / uniform', value: best('engine', 'pair') / best('engine', 'uniform'), target: 1.8 },
    ...openLoop.map(({ workload, p50Ms, p99Ms }) => ({
      name: `http at 70 % of its peak, ${workload}: p99 / p50`,
      value: p99Ms / p50Ms,
      target: 5,
      most: true,
    })),
  ];
  return ratios.filter(({ value }) => Number.isFinite(value) && value > 0);
}
