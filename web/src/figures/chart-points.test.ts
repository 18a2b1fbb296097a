import { describe, expect, test } from 'vitest';
import { closedSecond, closedSeconds, noon } from '../testing/live-data.js';
import { seededRandom } from '../testing/seeded-random.js';
import {
  failureBucketSeconds,
  failureCodes,
  failurePoints,
  latencyBucketSeconds,
  latencyPoints,
  rateBucketSeconds,
  ratePoints,
  timeSpan,
} from './chart-points.js';

describe("a chart's points", () => {
  test('are none before anything closed', () => {
    expect([ratePoints([]), latencyPoints([]), failurePoints([]), failureCodes([])]).toEqual([[], [], [], []]);
  });

  test('stand for whole buckets only: neither a torn first nor an unfinished last one', () => {
    const seconds = closedSeconds(noon - 2, rateBucketSeconds + 6, { succeeded: 10 });
    expect(ratePoints(seconds)).toEqual([{ at: noon, perSecond: 10 }]);
  });

  test('never change and never move as more seconds close', () => {
    const random = seededRandom();
    const from = noon + random.below(60);
    const seconds = Array.from({ length: 200 }, (_, i) =>
      closedSecond(from + i, { succeeded: random.below(50), failed: random.below(3) }),
    );
    const known = new Map<number, number>();
    for (let end = 0; end <= seconds.length; end += 1) {
      for (const { at, perSecond } of ratePoints(seconds.slice(Math.max(0, end - 90), end))) {
        expect(at % rateBucketSeconds).toBe(0);
        expect(known.get(at) ?? perSecond).toBe(perSecond);
        known.set(at, perSecond);
      }
    }
    expect(known.size).toBeGreaterThanOrEqual(38);
  });

  test('of the rate are means per second, refused payments too', () => {
    const seconds = [closedSecond(noon, { succeeded: 11, failed: 1 }), ...closedSeconds(noon + 1, 4)];
    expect(ratePoints(seconds)).toEqual([{ at: noon, perSecond: 2.4 }]);
  });

  test('of the latency are the p99 of the bucket, with a gap where there was no payment', () => {
    const seconds = [
      ...closedSeconds(noon, latencyBucketSeconds, { latency: [[18, 1]] }),
      ...closedSeconds(noon + latencyBucketSeconds, latencyBucketSeconds),
    ];
    expect(latencyPoints(seconds)).toEqual([
      { at: noon, p99Ms: 125 },
      { at: noon + latencyBucketSeconds, p99Ms: null },
    ]);
  });

  test('of the failures are counts by code', () => {
    const seconds = [
      ...closedSeconds(noon, failureBucketSeconds - 1, { failuresByCode: { INSUFFICIENT_FUNDS: 2 } }),
      closedSecond(noon + failureBucketSeconds - 1, { failuresByCode: { WALLET_NOT_ACTIVE: 5 } }),
    ];
    expect(failurePoints(seconds).map(({ at, byCode }) => [at, [...byCode]])).toEqual([
      [
        noon,
        [
          ['INSUFFICIENT_FUNDS', 58],
          ['WALLET_NOT_ACTIVE', 5],
        ],
      ],
    ]);
    expect(failureCodes(seconds)).toEqual([
      ['INSUFFICIENT_FUNDS', 58],
      ['WALLET_NOT_ACTIVE', 5],
    ]);
  });
});

describe('the time axis', () => {
  test('spans fifteen minutes up to the end of the last closed second, however few there are', () => {
    expect(timeSpan(closedSeconds(noon, 10))).toEqual([noon + 10 - 900, noon + 10]);
    expect(timeSpan(closedSeconds(noon, 900))).toEqual([noon, noon + 900]);
  });

  test('has a length before anything closed', () => {
    expect(timeSpan([])).toEqual([0, 900]);
  });
});
