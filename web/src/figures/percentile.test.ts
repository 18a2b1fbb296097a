import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { percentile, slowerThan } from './percentile.js';

const buckets = latencyBoundsMs.length + 1;

describe('a percentile', () => {
  test('of no payments is unknown', () => {
    expect(percentile(histogram(), 0.99)).toBeNull();
  });

  test('of one payment is the upper bound of its bucket', () => {
    expect(percentile(histogram([0, 1]), 0.5)).toEqual({ ms: 1, atLeast: false });
    expect(percentile(histogram([7, 1]), 0.99)).toEqual({ ms: 10, atLeast: false });
  });

  test('is linear within the bucket of its rank', () => {
    // 100 ms to 125 ms.
    const hundred = histogram([18, 100]);
    expect(percentile(hundred, 0.5)?.ms).toBe(112.5);
    expect(percentile(hundred, 0.99)?.ms).toBe(124.75);
  });

  test('looks past empty buckets and those below its rank', () => {
    const latency = histogram([4, 98], [25, 2]);
    expect(percentile(latency, 0.98)?.ms).toBe(5);
    expect(percentile(latency, 0.99)?.ms).toBe(450);
  });

  test('in the last bucket is only known to be at least its bound', () => {
    expect(percentile(histogram([0, 98], [buckets - 1, 2]), 0.99)).toEqual({ ms: 5_000, atLeast: true });
    expect(percentile(histogram([0, 98], [buckets - 1, 2]), 0.95)?.atLeast).toBe(false);
  });

  test('lies in the bucket of the payment at the nearest rank, whatever the payments', () => {
    const random = seededRandom();
    for (let round = 0; round < 300; round += 1) {
      const payments = Array.from({ length: 1 + random.below(400) }, () => 6_000 ** random.fraction() - 1);
      payments.sort((a, b) => a - b);
      const latency = histogram();
      for (const ms of payments) latency[bucketOf(ms)] = (latency[bucketOf(ms)] as number) + 1;
      for (const percent of [50, 95, 99]) {
        const atRank = payments[Math.ceil((percent * payments.length) / 100) - 1] as number;
        const bucket = bucketOf(atRank);
        const found = percentile(latency, percent / 100);
        expect(found?.atLeast).toBe(bucket === buckets - 1);
        expect(found?.ms).toBeGreaterThanOrEqual(latencyBoundsMs[bucket - 1] ?? 0);
        expect(found?.ms).toBeLessThanOrEqual(latencyBoundsMs[bucket] ?? 5_000);
      }
    }
  });
});

describe('payments slower than a limit', () => {
  test('are those of the buckets that begin at it or above', () => {
    expect(slowerThan(histogram([21, 3], [22, 4], [buckets - 1, 5]), 200)).toBe(9);
  });

  test('are not those of the bucket the limit lies in: they may have been faster', () => {
    expect(slowerThan(histogram([22, 4], [23, 2]), 201)).toBe(2);
  });
});

function histogram(...filled: [bucket: number, count: number][]): number[] {
  const latency = new Array<number>(buckets).fill(0);
  for (const [bucket, count] of filled) latency[bucket] = count;
  return latency;
}

function bucketOf(ms: number): number {
  const bucket = latencyBoundsMs.findIndex((bound) => ms < bound);
  return bucket === -1 ? buckets - 1 : bucket;
}
