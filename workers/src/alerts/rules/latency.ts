import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { firesAt, plainNumber, type Rule } from './alert-rule.js';

export interface LatencyCounts {
  /** Transactions per bucket of `latencyBoundsMs`, and one for what took longer. */
  readonly latency: readonly number[];
}

const share = 0.99;

/** The 99th percentile of the window, from the gateway's acceptance to the commit. */
export const latency: Rule<LatencyCounts> = ({ latency: counts }, terms) => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || total < terms.minimumSample) return [];
  const value = percentileMs(counts, total);
  const isMore = value === latencyBoundsMs.at(-1);
  const says = `the slowest hundredth of ${total} transactions took ${isMore ? 'over' : 'at least'} ${plainNumber(value)} ms in ${terms.windowMinutes} min`;
  return firesAt(value, terms, says, { total, p99Ms: value });
};

/** The nearest rank, then linear within its bucket; of the last bucket only its lower bound is known. */
export function percentileMs(counts: readonly number[], total: number): number {
  const rank = Math.ceil(share * total);
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (before + count >= rank) {
      const from = bucket === 0 ? 0 : (latencyBoundsMs[bucket - 1] as number);
      const to = latencyBoundsMs[bucket];
      return to === undefined ? from : from + ((to - from) * (rank - before)) / count;
    }
    before += count;
  }
  return latencyBoundsMs.at(-1) as number;
}
