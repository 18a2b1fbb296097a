import { expect, test } from 'vitest';
import { retryAfterMaxMs, retryAfterOf, retryWaitMs } from './retry-wait.js';

const hours = 3_600_000;

test('a delivery is tried ten times over 75 hours, each wait up to a fifth longer by chance', () => {
  const all = (random: number) =>
    Array.from({ length: 9 }, (_, i) => retryWaitMs(i + 1, null, () => random)).map((ms) => (ms as number) / 1_000);
  expect(all(0)).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  expect(all(1)).toEqual(all(0).map((wait) => wait * 1.2));
  expect(retryWaitMs(10, null)).toBeNull();
  expect(all(0).reduce((sum, wait) => sum + wait) / 3_600).toBeCloseTo(75.6, 1);
});

test('Retry-After lengthens a wait, up to a day, and shortens none', () => {
  expect(retryWaitMs(1, 60_000, () => 0)).toBe(60_000);
  expect(retryWaitMs(4, 60_000, () => 0)).toBe(2 * hours);
  expect(retryWaitMs(1, 1e12, () => 0)).toBe(retryAfterMaxMs);
  expect(retryWaitMs(10, 60_000)).toBeNull();
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-26T10:00:00Z');
  expect(retryAfterOf('120', now)).toBe(120_000);
  expect(retryAfterOf('Thu, 26 Nov 2026 10:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterOf('Thu, 26 Nov 2026 09:00:00 GMT', now)).toBe(0);
  for (const none of [undefined, '', '-1', '1.5', 'soon', '2026-11-26', '99999999999', 'Fri, nonsense']) {
    expect(retryAfterOf(none, now)).toBeNull();
  }
});
