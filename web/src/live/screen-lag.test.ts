import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ScreenLag } from './screen-lag.js';

describe('the stamp from commit to screen', () => {
  let frames: (() => void)[];

  beforeEach(() => {
    frames = [];
    vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    // The page began ten seconds ago.
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now() - 990_000);
  });

  afterEach(() => {
    performance.clearMeasures();
    vi.restoreAllMocks();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('runs from the commit to the frame after the paint', () => {
    new ScreenLag().rendered(Date.now() - 300);
    vi.advanceTimersByTime(16);
    nextFrame();
    expect(stamps()).toEqual([]);
    vi.advanceTimersByTime(16);
    nextFrame();
    expect(stamps().map(({ duration }) => duration)).toEqual([332]);
  });

  test('is not made of a commit before the page began, nor of one in the future', () => {
    const lag = new ScreenLag();
    lag.rendered(Date.now() - performance.now() - 1);
    lag.rendered(Date.now() + 1);
    nextFrame();
    nextFrame();
    expect(stamps()).toEqual([]);
  });

  test('is kept of the last few hundred, however long the page stands', () => {
    const lag = new ScreenLag();
    for (let i = 0; i < 1_050; i += 1) {
      lag.rendered(Date.now() - (i % 500));
      nextFrame();
      nextFrame();
      expect(stamps().length).toBeLessThan(400);
    }
    expect(stamps().length).toBeGreaterThanOrEqual(200);
    expect(stamps().map(({ duration }) => duration)).toContain(1_049 % 500);
  });

  function nextFrame(): void {
    for (const callback of frames.splice(0)) callback();
  }

  function stamps() {
    return performance.getEntriesByName('commit-to-screen');
  }
});
