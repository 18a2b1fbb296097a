import { describe, expect, it } from 'vitest';
import { HashingLane, LaneFullError, waitersMax, waitMaxMs } from './hashing-lane.js';

/** Time passes only in hashes, and while the lane waits. */
function lane() {
  let nowMs = 0;
  let usedMs = 0;
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const clock = { now: () => nowMs, cpuMs: () => usedMs, sleep: async (ms: number) => pass(ms) };
  const hashing = new HashingLane(clock);
  /** `ms` of a core; the machine has other things to do for as long as `alsoMs`. */
  const takes =
    (ms: number, alsoMs = 0) =>
    async () => {
      await Promise.resolve();
      usedMs += ms;
      pass(ms + alsoMs);
      return nowMs;
    };
  return { hashing, takes, now: () => nowMs, pass };
}

describe('hashing', () => {
  it('takes less than a fifth of a core, however many ask', async () => {
    for (const hashMs of [20, 50, 73, 400]) {
      const { hashing, takes, now } = lane();
      let hashedMs = 0;
      const hash = async () => {
        await takes(hashMs)();
        hashedMs += hashMs;
      };
      while (now() < 30_000) await Promise.allSettled(Array.from({ length: 3 }, () => hashing.run(hash)));
      expect([hashMs, hashedMs / now() < 0.2]).toEqual([hashMs, true]);
      expect(hashedMs / now()).toBeGreaterThan(0.12);
    }
  });

  it('is charged with what it used, not with what it waited for a core', async () => {
    const { hashing, takes, now } = lane();
    for (let sign = 0; sign < 20; sign++) await hashing.run(takes(50, 950));
    expect(now()).toBe(20_000);
  });

  it('lets a few go at once after a quiet time', async () => {
    const { hashing, takes, now, pass } = lane();
    await hashing.run(takes(50));
    pass(60_000);
    const from = now();
    for (let sign = 0; sign < 4; sign++) await hashing.run(takes(50));
    expect(now() - from).toBe(200);
  });

  it('is one at a time', async () => {
    const { hashing } = lane();
    let running = 0;
    const most: number[] = [];
    const job = async () => {
      most.push(++running);
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => hashing.run(job)));
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it('goes on after one that failed', async () => {
    const { hashing, takes } = lane();
    const failed = hashing.run(() => Promise.reject(new Error('no memory')));
    const next = hashing.run(takes(50));
    await expect(failed).rejects.toThrow('no memory');
    expect(await next).toBeGreaterThan(0);
  });
});

describe('who waits', () => {
  /** One that runs until it is let go. */
  function held(hashing: HashingLane) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = hashing.run(() => promise);
    return { done, letGo: resolve };
  }

  it('is bounded: whoever comes after that is refused at once', async () => {
    const { hashing, takes } = lane();
    const first = held(hashing);
    const waiting = Array.from({ length: waitersMax }, () => hashing.run(takes(1)));
    expect(hashing.isFull).toBe(true);
    await expect(hashing.run(takes(1))).rejects.toThrow(LaneFullError);
    first.letGo();
    await Promise.all([first.done, ...waiting]);
    expect(hashing.isFull).toBe(false);
  });

  it('does not wait longer than a few seconds: with slow hashes fewer wait', async () => {
    const { hashing, takes, now } = lane();
    await hashing.run(takes(200));
    const first = held(hashing);
    const from = now();
    const tries = Array.from({ length: waitersMax }, () => hashing.run(takes(200)));
    const late = Promise.allSettled(tries);
    first.letGo();
    const outcomes = await late;
    const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(waitersMax);
    expect(now() - from).toBeLessThan(waitMaxMs);
  });

  it('is let past a crowd that nobody knows, once it has shown who it is', async () => {
    const { hashing } = lane();
    const order: string[] = [];
    const first = held(hashing);
    const crowd = Array.from({ length: waitersMax }, () => hashing.run(async () => void order.push('crowd')));
    const admin = hashing.run(async () => void order.push('admin'), { isKnown: true });
    first.letGo();
    await Promise.all([first.done, ...crowd, admin]);
    expect(order[0]).toBe('admin');
    expect(order.length).toBe(waitersMax + 1);
  });
});
