import { expect, test } from 'vitest';
import { digestPeriods, dueDigest, type Recipient } from './due-digest.js';

const zones = ['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

test.each(zones)('a year has 365 digests in %s, one of each day, and their days lie end to end', (timeZone) => {
  for (const at of ['02:15']) {
    const createdAt = new Date('2026-01-01T15:00:00Z');
    const recipient: Recipient = { email: 'a@b.test', name: null, timeZone, frequency: 'DAILY', at, createdAt };
    const days = new Set<string>();
    const order: string[] = [];
    for (let ms = createdAt.getTime(); ms < createdAt.getTime() + 365 * 86_400_000; ms += 21_600_000) {
      const due = dueDigest(recipient, new Date(ms));
      if (due === null || days.has(due)) continue;
      days.add(due);
      order.push(due);
    }
    expect(days.size).toBe(365);
    expect(order).toEqual([...order].sort());
    const periods = order.map((date) => digestPeriods(date, 'DAILY', timeZone)[0]);
    for (const [i, { from }] of periods.entries()) if (i > 0) expect(from).toEqual(periods[i - 1]?.to);
    const hours = new Set(periods.map(({ from, to }) => (to.getTime() - from.getTime()) / 3_600_000));
    expect(hours.size).toBe(timeZone === 'Asia/Kathmandu' ? 1 : 3);
  }
});

test('a weekly one is due on Monday, of the seven days before', () => {
  const createdAt = new Date('2026-11-01T00:00:00Z');
  const recipient: Recipient = {
    email: 'a@b.test',
    name: null,
    timeZone: 'Asia/Kathmandu',
    frequency: 'WEEKLY',
    at: '07:00',
    createdAt,
  };
  expect(dueDigest(recipient, new Date('2026-11-23T01:14:00Z'))).toBe('2026-11-15');
  expect(dueDigest(recipient, new Date('2026-11-23T01:15:00Z'))).toBe('2026-11-22');
  expect(digestPeriods('2026-11-22', 'WEEKLY', 'Asia/Kathmandu')[0]).toEqual({
    from: new Date('2026-11-15T18:15:00Z'),
    to: new Date('2026-11-22T18:15:00Z'),
  });
});

test('what was due before they were a recipient is none of theirs', () => {
  const createdAt = new Date('2026-11-20T10:00:00Z');
  const recipient: Recipient = {
    email: 'a@b.test',
    name: null,
    timeZone: 'UTC',
    frequency: 'DAILY',
    at: '07:00',
    createdAt,
  };
  expect(dueDigest(recipient, new Date('2026-11-20T12:00:00Z'))).toBeNull();
  expect(dueDigest(recipient, new Date('2026-11-21T07:00:00Z'))).toBe('2026-11-20');
});
