import { Cron } from 'croner';
import type { Job } from './job.js';

export type Schedule = Pick<Job, 'cron' | 'timeZone'>;

/** Where looking back for the last slot begins; then four times as far, and so on. */
const lookBackMs = 60_000;

/**
 * The first slot after `after`. On the days of a zone's change a time that does not exist is the first one after the gap, and one that
 * exists twice is the first of both. Throws on a bad cron or zone.
 */
export function nextSlot({ cron, timeZone = 'UTC' }: Schedule, after: Date): Date {
  const next = new Cron(cron, { timezone: timeZone, paused: true }).nextRun(after);
  if (next === null) throw new Error(`${cron} is never due`);
  return next;
}

/** The last slot that is not after `now`, of those from `first` on, which is one. */
export function lastSlot(schedule: Schedule, first: Date, now: Date): Date {
  let last = first;
  for (let back = lookBackMs; ; back *= 4) {
    const from = Math.max(first.getTime(), now.getTime() - back);
    if (from === first.getTime()) break;
    const slot = nextSlot(schedule, new Date(from));
    if (slot <= now) {
      last = slot;
      break;
    }
  }
  for (;;) {
    const next = nextSlot(schedule, last);
    if (next > now) return last;
    last = next;
  }
}
