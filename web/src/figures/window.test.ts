import { describe, expect, test } from 'vitest';
import { closedSecond, closedSeconds, noon } from '../testing/live-data.js';
import { lastBusySecond, lastMinute, lastSeconds, paymentsPerSecond } from './window.js';

describe('payments per second', () => {
  test('are unknown before the first second closed', () => {
    expect(paymentsPerSecond([])).toBeNull();
  });

  test('are the mean of the last five seconds, refused ones too', () => {
    const seconds = [...closedSeconds(noon, 20, { succeeded: 1_000 }), ...closedSeconds(noon + 20, 4), last()];
    expect(paymentsPerSecond(seconds)).toBe(3);
  });

  test('are the mean of those there are while the platform is younger', () => {
    expect(paymentsPerSecond(closedSeconds(noon, 2, { succeeded: 7, failed: 1 }))).toBe(8);
  });

  function last() {
    return closedSecond(noon + 24, { succeeded: 10, failed: 5 });
  }
});

test('success and latency are those of sixty seconds, not one more', () => {
  const seconds = closedSeconds(noon, 61, { succeeded: 1, failed: 2 });
  expect(lastMinute(seconds)).toMatchObject({ succeeded: 60, failed: 120 });
  expect(lastSeconds(seconds, 60)[0]?.second).toBe(noon + 1);
});

describe('the last busy second', () => {
  test('is the last one with a payment, be it a refused one', () => {
    const seconds = [
      closedSecond(noon, { succeeded: 1 }),
      closedSecond(noon + 1, { failed: 1 }),
      closedSecond(noon + 2),
    ];
    expect(lastBusySecond(seconds)).toBe(noon + 1);
  });

  test('is none when nothing was committed', () => {
    expect(lastBusySecond(closedSeconds(noon, 900))).toBeNull();
  });
});
