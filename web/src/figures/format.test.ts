import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import {
  ageText,
  countText,
  durationParts,
  durationText,
  failedText,
  percentText,
  plural,
  rateText,
  shortAge,
  shortCount,
  shortId,
  successText,
  utcTime,
} from './format.js';

test('counts are grouped and exact', () => {
  expect([0, 999, 1_000, 1_234_567].map(countText)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('short counts are exact up to four digits', () => {
  expect([9_999, 10_000, 12_345, 2_400_000].map(shortCount)).toEqual(['9,999', '10K', '12K', '2M']);
});

test('one is singular', () => {
  expect([0, 1, 2, 1_000].map((count) => plural(count, 'payment'))).toEqual([
    '0 payments',
    '1 payment',
    '2 payments',
    '1,000 payments',
  ]);
});

test('a rate has a decimal below ten, and never reads 10.0', () => {
  expect([0, 0.2, 4.8, 9.94, 9.95, 10, 4_812.4].map(rateText)).toEqual(['0', '0.2', '4.8', '9.9', '10', '10', '4,812']);
});

describe('the share of successes', () => {
  test.each([
    [1, 0, '100'],
    [9_997, 3, '99.97'],
    [999_999, 1, '99.99'],
    [199, 1, '99.50'],
    [2, 1, '66.66'],
    [0, 7, '0.00'],
  ])('%d paid and %d failed is %s %', (succeeded, failed, text) => {
    expect(successText(succeeded, failed)).toBe(text);
  });
});

describe('the share of failures', () => {
  test.each([
    [968, 32, '3.2'],
    [967, 33, '3.3'],
    [9_999, 1, '0.1'],
    [995, 5, '0.5'],
    [994, 6, '0.6'],
    [0, 7, '100'],
  ])('%d paid and %d failed is %s %', (succeeded, failed, text) => {
    expect(failedText(succeeded, failed)).toBe(text);
  });
});

test('shares are never prettier than the truth', () => {
  const random = seededRandom();
  for (let round = 0; round < 2_000; round += 1) {
    const succeeded = random.below(1_000_000);
    const failed = 1 + random.below(round % 2 ? 1_000_000 : 20);
    // Compared as whole numbers: hundredths and tenths of a per cent.
    const total = BigInt(succeeded + failed);
    const shownSuccess = BigInt(successText(succeeded, failed).replace('.', ''));
    expect(shownSuccess).toBe((BigInt(succeeded) * 10_000n) / total);
    const shownFailed = Math.round(Number(failedText(succeeded, failed)) * 10);
    expect(BigInt(shownFailed)).toBe((BigInt(failed) * 1_000n + total - 1n) / total);
    expect(shownFailed).toBeGreaterThan(0);
  }
});

test('a percentage from configuration loses the noise of subtraction', () => {
  expect([100 - 99.5, 100 - 99.9, 100 - 99.99, 99.5, 100].map(percentText)).toEqual([
    '0.5',
    '0.1',
    '0.01',
    '99.5',
    '100',
  ]);
});

describe('a length of time', () => {
  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [0.2, '1 ms'],
    [340, '340 ms'],
    [999, '999 ms'],
    [999.4, '1.0 s'],
    [3_440, '3.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [240_000, '4 min'],
    [3_599_499, '59 min'],
    [3_599_500, '1 h'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  test('comes apart into figure and unit', () => {
    expect([23, 3_400, 7_500_000].map(durationParts)).toEqual([
      ['23', 'ms'],
      ['3.4', 's'],
      ['2 h 5', 'min'],
    ]);
  });
});

test('an age in a small place is whole minutes, hours or days, rounded down', () => {
  const minute = 60_000;
  expect(
    [0, 59_999, minute, 60 * minute - 1, 60 * minute, 48 * 60 * minute - 1, 72 * 60 * minute].map(shortAge),
  ).toEqual(['0 s', '59 s', '1 m', '59 m', '1 h', '47 h', '3 d']);
});

test('an age counts whole seconds and never runs ahead', () => {
  expect([-1, 0, 999, 12_999, 59_999, 60_000, 240_000].map(ageText)).toEqual([
    '0 s',
    '0 s',
    '0 s',
    '12 s',
    '59 s',
    '1 min',
    '4 min',
  ]);
});

test('times are UTC', () => {
  expect(utcTime(Date.UTC(2026, 10, 22, 14, 3, 20, 999))).toBe('14:03:20');
});

test('only ids too long to read are shortened, in the middle', () => {
  expect(shortId('engine-1')).toBe('engine-1');
  expect(shortId('0123456789abc')).toBe('0123456789abc');
  expect(shortId('019ab3f2-7c1e-7d42-9a51-1f0c8e55d9c4')).toBe('019ab3\u2026d9c4');
});
