import type { CaseName } from './cases.js';
import { type ByPart, medianByPart } from './cpu-by-part.js';
import { median, medianOrNull } from './spread.js';
import type { Workload } from './workload.js';

/** One case in one round. */
export interface Measurement {
  case: CaseName;
  workload: Workload;
  connections: number;
  /** Of `mixed` all requests are counted, here and below. */
  paymentsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of all processes but the load generator, warm-up included; null where it cannot be read. */
  cpuMicrosPerPayment: number | null;
  cpuMicrosByPart: ByPart<number> | null;
  /** Payments told to have succeeded, warm-up included. */
  acknowledged: number;
  booksBalance: boolean;
}

/** One case over its rounds. */
export type Row = Omit<Measurement, 'acknowledged'>;

export interface OpenLoopRun {
  workload: Workload;
  /** Payments a second, as sent. */
  rate: number;
  paymentsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  booksBalance: boolean;
}

export interface Figures {
  rows: Row[];
  openLoop: OpenLoopRun[];
}

export function rowsOf(measurements: readonly Measurement[]): Row[] {
  return [...Map.groupBy(measurements, (m) => `${m.case} ${m.connections} ${m.workload}`).values()].map(medianRow);
}

function medianRow(rounds: Measurement[]): Row {
  const { case: name, workload, connections } = rounds[0] as Measurement;
  const cpu = medianOrNull(rounds.map((m) => m.cpuMicrosPerPayment));
  return {
    case: name,
    workload,
    connections,
    paymentsPerSecond: Math.round(median(rounds.map((m) => m.paymentsPerSecond))),
    p50Ms: hundredths(median(rounds.map((m) => m.p50Ms))),
    p99Ms: hundredths(median(rounds.map((m) => m.p99Ms))),
    cpuMicrosPerPayment: cpu === null ? null : Math.round(cpu),
    cpuMicrosByPart: medianByPart(rounds.map((m) => m.cpuMicrosByPart)),
    booksBalance: rounds.every((m) => m.booksBalance),
  };
}

export function cpuText(micros: number | null): string {
  return micros === null ? '–' : String(Math.round(micros));
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
