import { nextSlot } from '../schedule/slots.js';
import type { Period } from './figures.js';
import { dateIn } from './reader-clock.js';

export interface Recipient {
  readonly email: string;
  readonly name: string | null;
  readonly timeZone: string;
  readonly frequency: 'DAILY' | 'WEEKLY';
  /** `HH:MM`, by the recipient's clock. */
  readonly at: string;
  readonly createdAt: Date;
}

const dayMs = 86_400_000;
/** A digest that is older is not made up for: the next one is due. */
const lateMax = { DAILY: dayMs, WEEKLY: 7 * dayMs } as const;

/** The date (`2026-11-25`) of the last day of the digest that is due, by its clock; null: none since they are a recipient. */
export function dueDigest(recipient: Recipient, now: Date): string | null {
  const { at, frequency, timeZone, createdAt } = recipient;
  const [hour, minute] = at.split(':').map(Number);
  const schedule = { cron: `${minute} ${hour} * * ${frequency === 'WEEKLY' ? 1 : '*'}`, timeZone };
  let due: Date | null = null;
  for (let slot = nextSlot(schedule, new Date(now.getTime() - lateMax[frequency] - 1_000)); slot <= now; ) {
    due = slot;
    slot = nextSlot(schedule, slot);
  }
  return due === null || due < createdAt ? null : dayBefore(dateIn(timeZone, due));
}

export function dayBefore(date: string, days = 1): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * dayMs).toISOString().slice(0, 10);
}

/** The first instant of a date in a zone: not always midnight. */
export function startOfDay(date: string, timeZone: string): Date {
  const midnight = { cron: '0 0 * * *', timeZone };
  let at = nextSlot(midnight, new Date(Date.parse(`${date}T00:00:00Z`) - 2 * dayMs));
  while (dateIn(timeZone, at) < date) at = nextSlot(midnight, at);
  return at;
}

/** A day or the seven up to it, and as many before. */
export function digestPeriods(
  date: string,
  frequency: 'DAILY' | 'WEEKLY',
  timeZone: string,
): [now: Period, before: Period] {
  const days = frequency === 'WEEKLY' ? 7 : 1;
  const [start, from, to] = [dayBefore(date, 2 * days - 1), dayBefore(date, days - 1), dayBefore(date, -1)].map((one) =>
    startOfDay(one, timeZone),
  ) as [Date, Date, Date];
  return [
    { from, to },
    { from: start, to: from },
  ];
}
