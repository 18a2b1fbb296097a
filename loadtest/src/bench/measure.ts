import type { CaseName } from './cases.js';
import { type ByPart, microsEach, type PartPids, sumOfParts } from './cpu-by-part.js';
import { cpuOf } from './cpu-time.js';
import type { DriveOrder } from './drive.js';
import { Histogram } from './histogram.js';
import { cpuText, type Measurement } from './measurement.js';
import { runDriver } from './run-driver.js';
import type { Workload } from './workload.js';

const warmUpMinMs = 700;

export type DriveTarget<T = DriveOrder> = T extends DriveOrder ? Omit<T, 'workload' | 'warmUpMs' | 'measureMs'> : never;

export interface MeasureOrder {
  case: CaseName;
  workload: Workload;
  connections: number;
  target: DriveTarget;
  /** Whose CPU time counts. */
  pids: () => PartPids;
  measureMs: number;
  /** Only to warm up what is measured later: nothing is told of it. */
  quiet?: boolean;
}

/** One run of the load generator, in a process of its own. The books are looked at later, by whoever has the tables. */
export async function measure(order: MeasureOrder, progress: (message: string) => void): Promise<Measurement> {
  const { case: name, workload, connections, target, pids, measureMs, quiet = false } = order;
  const warmUpMs = quiet ? 0 : Math.max(warmUpMinMs, measureMs / 2);
  const cpuBefore = cpuOf(pids());
  const result = await runDriver({ ...target, workload, measureMs, warmUpMs } as DriveOrder);
  const cpuAfter = cpuOf(pids());
  const latency = Histogram.from(result.latency);
  const cpuMicrosByPart = microsEach(cpuBefore, cpuAfter, result.succeeded + result.reads);
  const measurement: Measurement = {
    case: name,
    workload,
    connections,
    paymentsPerSecond: result.answers / result.seconds,
    p50Ms: latency.percentileMs(0.5),
    p99Ms: latency.percentileMs(0.99),
    cpuMicrosPerPayment: sumOfParts(cpuMicrosByPart),
    cpuMicrosByPart,
    acknowledged: result.succeeded,
    booksBalance: true,
  };
  if (result.failures > 0) progress(`  ${result.failures} failed, the first: ${result.firstFailure}`);
  if (quiet) return measurement;
  const { paymentsPerSecond, p50Ms, p99Ms, cpuMicrosPerPayment } = measurement;
  progress(
    `${name.padEnd(9)} ${workload.padEnd(8)} ${String(connections).padStart(3)} connections: ${Math.round(paymentsPerSecond)}/s, ` +
      `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${cpuText(cpuMicrosPerPayment)} µs of CPU a payment${partsText(cpuMicrosByPart)} (load generator: ${Math.round(result.ownCpu * 100)} % of a core)`,
  );
  return measurement;
}

function partsText(micros: ByPart<number> | null): string {
  if (micros === null) return '';
  const texts = Object.entries(micros).map(([part, each]) => `${part} ${Math.round(each)}`);
  return `: ${texts.join(', ')}`;
}
