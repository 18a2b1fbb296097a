import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';

export interface Percentile {
  ms: number;
  /** It lies in the histogram's open last bucket: all that is known is that it is at least `ms`. */
  atLeast: boolean;
}

/**
 * The latency that `quantile` of the payments do not exceed: nearest rank, then linear within the rank's bucket, so the
 * error is at most the bucket's width. Null when there are no payments.
 */
export function percentile(latency: readonly number[], quantile: number): Percentile | null {
  const count = latency.reduce((sum, n) => sum + n, 0);
  if (count === 0) return null;
  const rank = Math.max(1, Math.ceil(quantile * count));
  let before = 0;
  for (const [bucket, n] of latency.entries()) {
    if (before + n < rank) {
      before += n;
      continue;
    }
    const lower = latencyBoundsMs[bucket - 1] ?? 0;
    const upper = latencyBoundsMs[bucket];
    if (upper === undefined) break;
    return { ms: lower + ((upper - lower) * (rank - before)) / n, atLeast: false };
  }
  return { ms: latencyBoundsMs.at(-1) as number, atLeast: true };
}

/** Payments certainly slower than `limitMs`: those in buckets that begin at or above it. */
export function slowerThan(latency: readonly number[], limitMs: number): number {
  let slower = 0;
  for (const [bucket, n] of latency.entries()) {
    if ((latencyBoundsMs[bucket - 1] ?? 0) >= limitMs) slower += n;
  }
  return slower;
}
