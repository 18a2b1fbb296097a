import type { CaseName } from '../cases.js';
import { type ByPart, medianByPart } from '../cpu-by-part.js';
import type { Measurement } from '../measurement.js';
import { median, type Spread, spreadOf } from '../spread.js';
import type { Workload } from '../workload.js';
import { type Side, sides } from './build.js';

/** One case, measured on both builds one after the other. */
export type Pair = Record<Side, Measurement>;

export interface CaseRatio {
  case: CaseName;
  workload: Workload;
  connections: number;
  pairs: number;
  /** this / other, of each pair. */
  paymentsPerSecond: Spread;
  /** this / other, of each pair; null where CPU time cannot be read. */
  cpuPerPayment: Spread | null;
  /** this less other, of each pair. */
  p50MoreMs: Spread;
  /** Medians of each side. */
  p50Ms: Record<Side, number>;
  p99Ms: Record<Side, number>;
  /** Medians of each side; null where CPU time cannot be read. */
  cpuMicrosByPart: Record<Side, ByPart<number> | null>;
}

/** this, other, then other, this: what is measured second finds the machine as the first left it, and neither is always that. */
export function sidesOf(pair: number): readonly Side[] {
  return pair % 2 === 0 ? sides : sides.toReversed();
}

/** In the order in which the cases first came. */
export function caseRatios(pairs: readonly Pair[]): CaseRatio[] {
  const groups = Map.groupBy(pairs, ({ this: m }) => `${m.case} ${m.connections} ${m.workload}`);
  return [...groups.values()].map((group) => {
    const { case: name, workload, connections } = (group[0] as Pair).this;
    const cpu = group.flatMap((pair) => {
      const [own, others] = [pair.this.cpuMicrosPerPayment, pair.other.cpuMicrosPerPayment];
      return own === null || others === null ? [] : [own / others];
    });
    const bySide = (figureOf: (measurement: Measurement) => number): Record<Side, number> => ({
      this: median(group.map((pair) => figureOf(pair.this))),
      other: median(group.map((pair) => figureOf(pair.other))),
    });
    return {
      case: name,
      workload,
      connections,
      pairs: group.length,
      paymentsPerSecond: spreadOf(group.map((pair) => pair.this.paymentsPerSecond / pair.other.paymentsPerSecond)),
      cpuPerPayment: cpu.length === group.length ? spreadOf(cpu) : null,
      p50MoreMs: spreadOf(group.map((pair) => pair.this.p50Ms - pair.other.p50Ms)),
      p50Ms: bySide((m) => m.p50Ms),
      p99Ms: bySide((m) => m.p99Ms),
      cpuMicrosByPart: {
        this: medianByPart(group.map((pair) => pair.this.cpuMicrosByPart)),
        other: medianByPart(group.map((pair) => pair.other.cpuMicrosByPart)),
      },
    };
  });
}
