import { expect, test } from 'vitest';
import { clockJumpLastsMs, clockJumpMs, DatabaseClock } from './database-clock.js';

const hour = 3_600_000;
const noon = Date.UTC(2026, 10, 26, 12);

/** A clock that has heard the database say noon at monotonic 0. */
function heardAtNoon(): DatabaseClock {
  const clock = new DatabaseClock(noon - 5 * hour, 0);
  clock.sample(noon, 0);
  return clock;
}

test('before the first reply it is the machine\u2019s own time, from then on the database\u2019s, however far apart', () => {
  const clock = new DatabaseClock(noon + hour, 100);
  expect(clock.nowMs(150)).toBe(noon + hour + 50);
  clock.sample(noon, 200);
  expect(clock.nowMs(1_200)).toBe(noon + 1_000);
});

test('between replies it runs with the monotonic clock, and each reply corrects it', () => {
  const clock = heardAtNoon();
  expect(clock.nowMs(500.7)).toBe(noon + 500);
  clock.sample(noon + 1_030, 1_000); // the database's clock is a little faster
  expect(clock.nowMs(2_000)).toBe(noon + 2_030);
});

test.each([hour, -hour, clockJumpMs + 1])(
  'a database clock that is %i ms off for a second drags nobody along',
  (off) => {
    const clock = heardAtNoon();
    for (let ms = 500; ms <= 1_500; ms += 500) clock.sample(noon + ms + off, ms);
    expect(clock.nowMs(1_500)).toBe(noon + 1_500);
    clock.sample(noon + 2_000, 2_000);
    expect(clock.nowMs(2_000)).toBe(noon + 2_000);
  },
);

test.each([hour, -hour])('a database clock that was really set, by %i ms, is believed once that has lasted', (off) => {
  const clock = heardAtNoon();
  for (let ms = 500; ms < 500 + clockJumpLastsMs; ms += 500) {
    clock.sample(noon + ms + off, ms);
    expect(clock.nowMs(ms)).toBe(noon + ms);
  }
  const then = 500 + clockJumpLastsMs;
  clock.sample(noon + then + off, then);
  expect(clock.nowMs(then)).toBe(noon + then + off);
});

test('one true reply in between, or another jump, begins the wait anew', () => {
  const clock = heardAtNoon();
  clock.sample(noon + 500 + hour, 500);
  clock.sample(noon + 5_000, 5_000);
  clock.sample(noon + 9_000 + hour, 9_000);
  clock.sample(noon + 11_000 + hour, 11_000);
  clock.sample(noon + 15_000 - hour, 15_000);
  clock.sample(noon + 19_500 + hour, 19_500);
  clock.sample(noon + 24_900 - hour, 24_900);
  expect(clock.nowMs(25_000)).toBe(noon + 25_000);
});

test('steps of two seconds are followed at once: no reply is ever further behind than that', () => {
  const clock = heardAtNoon();
  clock.sample(noon + 1_000 - clockJumpMs, 1_000);
  expect(clock.nowMs(1_000)).toBe(noon + 1_000 - clockJumpMs);
});

test('a jump ahead counts at once for the latest that it may be, a jump back only once it is believed', () => {
  const ahead = heardAtNoon();
  ahead.sample(noon + hour + 500, 500);
  expect([ahead.nowMs(1_000), ahead.latestMs(1_000)]).toEqual([noon + 1_000, noon + hour + 1_000]);
  ahead.sample(noon + 1_500, 1_500);
  expect(ahead.latestMs(2_000)).toBe(noon + 2_000);
  const back = heardAtNoon();
  back.sample(noon - hour + 500, 500);
  expect(back.latestMs(1_000)).toBe(noon + 1_000);
});
