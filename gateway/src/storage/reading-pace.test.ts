import { expect, it } from 'vitest';
import { busyMs, busyPageRows, busyRest, idlePageRows, ReadingPace, restMsMax } from './reading-pace.js';

const never = new AbortController().signal;

function openPace() {
  const seen = { commands: 0, readers: 1, nowMs: 0, rested: [] as number[] };
  const pace = new ReadingPace(
    { commandsSent: () => seen.commands, readers: () => seen.readers, now: () => seen.nowMs },
    async (ms) => void seen.rested.push(ms),
  );
  return { seen, pace };
}

it('long reads make way once somebody pays, the more of them the more, and until nobody has for a second', async () => {
  const { seen, pace } = openPace();
  expect(pace.pageRows).toBe(idlePageRows);
  await pace.rest(10, never);
  seen.commands += 1;
  expect(pace.pageRows).toBe(busyPageRows);
  await pace.rest(10, never);
  seen.readers = 4;
  await pace.rest(10, never);
  await pace.rest(500, never);
  seen.nowMs += busyMs;
  expect(pace.pageRows).toBe(idlePageRows);
  await pace.rest(10, never);
  expect(seen.rested).toEqual([10, 10 * busyRest, 40 * busyRest, restMsMax, 10]);
});

it('what is only counted does not rest while nobody pays', async () => {
  const { seen, pace } = openPace();
  await pace.restFromCounting(1_000, never);
  seen.commands += 1;
  await pace.restFromCounting(10, never);
  expect(seen.rested).toEqual([20]);
});

it('who has left waits no longer', async () => {
  const leaving = new AbortController();
  const pace = new ReadingPace({ commandsSent: () => 0, readers: () => 1, now: () => 0 });
  const rest = pace.rest(2_000, leaving.signal);
  leaving.abort(new Error('left'));
  await expect(rest).rejects.toThrow();
});
