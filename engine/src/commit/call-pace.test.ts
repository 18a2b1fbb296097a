import { describe, expect, test } from 'vitest';
import { CallPace } from './call-pace.js';

/** A pace that has seen calls of 285 payments take this long, and be made ready as fast. */
function paceOf(callMs: number, makeMs: number): CallPace {
  const pace = new CallPace();
  for (let i = 0; i < 3; i += 1) {
    pace.called(285, callMs);
    pace.made(285, makeMs);
  }
  return pace;
}

describe('the next call is made ready', () => {
  test('not before a small call is over: what comes until then had better share its successor', () => {
    expect(paceOf(30, 6).readyAfterMs(149)).toBeNull();
  });

  test('so late that it is ready when the one before it is over', () => {
    expect(paceOf(30, 6).readyAfterMs(285)).toBeCloseTo(22);
    expect(paceOf(30, 6).readyAfterMs(585)).toBeCloseTo(46);
  });

  test('at once while nothing is known, and when making it takes as long as a call', () => {
    expect(new CallPace().readyAfterMs(1_000)).toBe(0);
    expect(paceOf(10, 10).readyAfterMs(1_000)).toBe(0);
  });

  test('later when calls have become slower', () => {
    const pace = paceOf(30, 6);
    for (let i = 0; i < 20; i += 1) pace.called(285, 60);
    expect(pace.readyAfterMs(285)).toBeGreaterThan(50);
  });

  test('only of a call’s worth of payments', () => {
    expect(new CallPace().isWorthACall(99)).toBe(false);
    expect(new CallPace().isWorthACall(100)).toBe(true);
  });
});
