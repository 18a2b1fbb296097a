import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { describe, expect, test } from 'vitest';
import { figures } from '../testing/live-data.js';
import { seededRandom } from '../testing/seeded-random.js';
import { byCount, sumFigures } from './sum.js';

describe('the sum of seconds', () => {
  test('of none is zero, with every bucket of the histogram', () => {
    const sum = sumFigures([]);
    expect(sum).toMatchObject({ succeeded: 0, failed: 0 });
    expect([sum.failuresByCode.size, sum.sumByCurrency.size]).toEqual([0, 0]);
    expect(sum.latency).toEqual(new Array(latencyBoundsMs.length + 1).fill(0));
  });

  test('adds counts, failures by code and latency bucket by bucket', () => {
    const sum = sumFigures([
      figures({
        succeeded: 2,
        failed: 1,
        failuresByCode: { INSUFFICIENT_FUNDS: 1 },
        latency: [
          [0, 1],
          [32, 2],
        ],
      }),
      figures({
        succeeded: 5,
        failed: 3,
        failuresByCode: { INSUFFICIENT_FUNDS: 2, WALLET_NOT_ACTIVE: 1 },
        latency: [[32, 8]],
      }),
    ]);
    expect(sum).toMatchObject({ succeeded: 7, failed: 4 });
    expect([...sum.failuresByCode]).toEqual([
      ['INSUFFICIENT_FUNDS', 3],
      ['WALLET_NOT_ACTIVE', 1],
    ]);
    expect([sum.latency[0], sum.latency[1], sum.latency[32]]).toEqual([1, 0, 10]);
  });

  test('keeps every ten-thousandth beyond what a float can hold', () => {
    const sum = sumFigures([
      figures({ sumByCurrency: { EUR: '9007199254740993' } }),
      figures({ sumByCurrency: { EUR: '9007199254740993', JPY: '9999999999999999999' } }),
    ]);
    expect([...sum.sumByCurrency]).toEqual([
      ['EUR', 18_014_398_509_481_986n],
      ['JPY', 9_999_999_999_999_999_999n],
    ]);
  });

  test('is the same however the seconds are cut', () => {
    const random = seededRandom();
    const parts = Array.from({ length: 200 }, () =>
      figures({
        succeeded: random.below(5_000),
        sumByCurrency: { EUR: `${random.below(2 ** 32)}${random.below(10 ** 9)}` },
        latency: [[random.below(latencyBoundsMs.length + 1), 1 + random.below(90)]],
      }),
    );
    const cut = random.below(parts.length);
    const [whole, head, tail] = [parts, parts.slice(0, cut), parts.slice(cut)].map(sumFigures) as [
      ReturnType<typeof sumFigures>,
      ReturnType<typeof sumFigures>,
      ReturnType<typeof sumFigures>,
    ];
    expect(whole.succeeded).toBe(head.succeeded + tail.succeeded);
    expect(whole.sumByCurrency.get('EUR')).toBe(
      (head.sumByCurrency.get('EUR') ?? 0n) + (tail.sumByCurrency.get('EUR') ?? 0n),
    );
    expect(whole.latency).toEqual(head.latency.map((count, bucket) => count + (tail.latency[bucket] as number)));
  });
});

test('codes stand biggest first, equal ones by name, and none without a count', () => {
  const counts = new Map([
    ['WALLET_NOT_ACTIVE', 2],
    ['CURRENCY_MISMATCH', 2],
    ['INSUFFICIENT_FUNDS', 7],
    ['BATCH_REFUSED', 0],
  ]);
  expect(byCount(counts)).toEqual([
    ['INSUFFICIENT_FUNDS', 7],
    ['CURRENCY_MISMATCH', 2],
    ['WALLET_NOT_ACTIVE', 2],
  ]);
});
