import { type ClosedSecond, liveHistorySeconds } from '@smart-wallet/engine/contract/live.js';
import { percentile } from './percentile.js';
import { addCounts, byCount, sumFigures } from './sum.js';

/*
 * The charts' points. A point stands for a bucket of whole seconds that begins at a multiple of its length, and only once
 * all of them have closed: so a point never changes, and the last one is no dip that means nothing.
 */

export const rateBucketSeconds = 5;
export const latencyBucketSeconds = 15;
export const failureBucketSeconds = 30;

export interface RatePoint {
  at: number;
  perSecond: number;
}

export interface LatencyPoint {
  at: number;
  /** Null: no payment, so the line has a gap. */
  p99Ms: number | null;
}

export interface FailurePoint {
  at: number;
  byCode: ReadonlyMap<string, number>;
}

/** Mean transactions per second of each bucket. */
export function ratePoints(seconds: readonly ClosedSecond[]): RatePoint[] {
  return buckets(seconds, rateBucketSeconds).map(([at, bucket]) => ({
    at,
    perSecond: bucket.reduce((sum, second) => sum + second.succeeded + second.failed, 0) / bucket.length,
  }));
}

export function latencyPoints(seconds: readonly ClosedSecond[]): LatencyPoint[] {
  return buckets(seconds, latencyBucketSeconds).map(([at, bucket]) => ({
    at,
    p99Ms: percentile(sumFigures(bucket).latency, 0.99)?.ms ?? null,
  }));
}

export function failurePoints(seconds: readonly ClosedSecond[]): FailurePoint[] {
  return buckets(seconds, failureBucketSeconds).map(([at, bucket]) => ({ at, byCode: failures(bucket) }));
}

/** Failures in the last 15 minutes, biggest first. */
export function failureCodes(seconds: readonly ClosedSecond[]): [code: string, count: number][] {
  return byCount(failures(seconds));
}

/** What the time axis spans: the 15 minutes up to the end of the last closed second. */
export function timeSpan(seconds: readonly ClosedSecond[]): [from: number, to: number] {
  const to = (seconds.at(-1)?.second ?? liveHistorySeconds - 1) + 1;
  return [to - liveHistorySeconds, to];
}

function failures(seconds: readonly ClosedSecond[]): Map<string, number> {
  const byCode = new Map<string, number>();
  for (const second of seconds) addCounts(byCode, second.failuresByCode);
  return byCode;
}

function buckets(seconds: readonly ClosedSecond[], length: number): [at: number, bucket: readonly ClosedSecond[]][] {
  const first = seconds[0]?.second;
  if (first === undefined) return [];
  const found: [number, readonly ClosedSecond[]][] = [];
  for (let start = (length - (first % length)) % length; start + length <= seconds.length; start += length) {
    found.push([first + start, seconds.slice(start, start + length)]);
  }
  return found;
}
