import { expect, test } from 'vitest';
import { lastSlot, nextSlot, type Schedule } from './slots.js';

/** All slots of a schedule in a time, each the next one of the one before. */
function slots(schedule: Schedule, from: string, to: string): Date[] {
  const found: Date[] = [];
  for (let at = nextSlot(schedule, new Date(from)); at < new Date(to); at = nextSlot(schedule, at)) found.push(at);
  return found;
}

test.each(['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'])(
  'a daily time is due 365 times a year in %s, once on each day there, gap or not',
  (timeZone) => {
    const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    for (const cron of ['0 0 * * *', '30 2 * * *']) {
      const found = slots({ cron, timeZone }, '2026-01-02T12:00:00Z', '2027-01-02T12:00:00Z');
      expect([cron, found.length, new Set(found.map((at) => day.format(at))).size]).toEqual([cron, 365, 365]);
    }
  },
);

test('the last slot that was missed is the same as counted one by one', () => {
  const times: [cron: string, hours: number[]][] = [
    ['*/20 * * * * *', [0.001, 0.4, 1]],
    ['*/5 * * * *', [0.4, 26]],
    ['30 2 * * *', [3, 50]],
    ['0 7 * * 1', [26, 400]],
  ];
  for (const timeZone of ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe']) {
    for (const [cron, hours] of times) {
      const schedule = { cron, timeZone };
      const first = nextSlot(schedule, new Date('2026-03-28T09:13:07Z'));
      for (const hour of hours) {
        const now = new Date(first.getTime() + hour * 3_600_000);
        const all = [first, ...slots(schedule, first.toISOString(), new Date(now.getTime() + 1).toISOString())];
        expect(lastSlot(schedule, first, now)).toEqual(all.at(-1));
      }
    }
  }
});

test('a bad zone or cron throws when it is asked for a slot', () => {
  expect(() => nextSlot({ cron: '0 7 * * *', timeZone: 'Mars/Olympus' }, new Date())).toThrow(/zone/i);
  expect(() => nextSlot({ cron: '61 * * * *' }, new Date())).toThrow();
});
