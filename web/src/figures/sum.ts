import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import type { CommittedFigures } from '@smart-wallet/engine/contract/live.js';

/** What was committed in several seconds together. Exact: counts are integers, money is a bigint of ten-thousandths. */
export interface FigureSum {
  succeeded: number;
  failed: number;
  failuresByCode: ReadonlyMap<string, number>;
  sumByCurrency: ReadonlyMap<string, bigint>;
  /** Count per bucket of `latencyBoundsMs`; the last one holds the rest. */
  latency: readonly number[];
}

export function sumFigures(parts: Iterable<CommittedFigures>): FigureSum {
  let succeeded = 0;
  let failed = 0;
  const failuresByCode = new Map<string, number>();
  const sumByCurrency = new Map<string, bigint>();
  const latency = new Array<number>(latencyBoundsMs.length + 1).fill(0);
  for (const part of parts) {
    succeeded += part.succeeded;
    failed += part.failed;
    addCounts(failuresByCode, part.failuresByCode);
    addMoney(sumByCurrency, part.sumByCurrency);
    for (const [bucket, count] of part.latency) latency[bucket] = (latency[bucket] ?? 0) + count;
  }
  return { succeeded, failed, failuresByCode, sumByCurrency, latency };
}

export function addCounts(into: Map<string, number>, counts: Readonly<Record<string, number | undefined>>): void {
  for (const [key, count] of Object.entries(counts)) into.set(key, (into.get(key) ?? 0) + (count ?? 0));
}

export function addMoney(into: Map<string, bigint>, sums: Readonly<Record<string, string>>): void {
  for (const [currency, sum] of Object.entries(sums)) into.set(currency, (into.get(currency) ?? 0n) + BigInt(sum));
}

/** Biggest first; equal counts by name, so that rows do not change places. */
export function byCount(counts: ReadonlyMap<string, number>): [name: string, count: number][] {
  return [...counts].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
