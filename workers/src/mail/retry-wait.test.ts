import { expect, test } from 'vitest';
import { retryWaitMs } from './retry-wait.js';

test('a mail waits twice as long each time, up to an hour, and never just as long as another one', () => {
  const middle = () => 0.5;
  expect([1, 2, 3, 20, 5_000].map((attempts) => retryWaitMs(attempts, middle))).toEqual([
    15_000, 30_000, 60_000, 3_600_000, 3_600_000,
  ]);
  expect(retryWaitMs(1, () => 0)).toBe(12_000);
  expect(retryWaitMs(1, () => 1)).toBe(18_000);
});
