import { expect, it } from 'vitest';
import { hoursOf } from './hours.js';

it('an hour stands beside the same one of yesterday; one to come, and what is not known, is no zero', () => {
  const midnightMs = Date.UTC(2026, 0, 2);
  const bucket = (at: string, total: number) => ({ at, total, failed: 0 });
  const today = { buckets: [bucket('2026-01-02T00:00:00.000Z', 5), bucket('2026-01-02T01:00:00.000Z', 0)] };
  const yesterday = { buckets: [bucket('2026-01-01T00:00:00.000Z', 7), bucket('2026-01-01T23:00:00.000Z', 9)] };
  const hours = hoursOf(midnightMs, today, yesterday);
  expect(hours).toHaveLength(24);
  expect(hours[0]).toEqual({ atMs: midnightMs, today: 5, yesterday: 7 });
  expect(hours[1]).toMatchObject({ today: 0, yesterday: null });
  expect(hours[23]).toMatchObject({ today: null, yesterday: 9 });
  expect(hoursOf(midnightMs, today, undefined)[0]).toMatchObject({ today: 5, yesterday: null });
});
