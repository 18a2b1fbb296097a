import { describe, expect, it } from 'vitest';
import { failurePeriod } from './failure-period.js';

const nowMs = Date.parse('2026-05-01T12:00:00Z');
const at = (iso: string) => new Date(iso).toISOString();

describe('a period', () => {
  it.each([
    [{}, '2026-04-30T12:00:00Z', '2026-05-01T12:00:00Z', 'hour'],
    [{ from: at('2026-05-01T10:00:00Z') }, '2026-05-01T10:00:00Z', '2026-05-01T12:00:00Z', 'minute'],
    [{ from: at('2026-02-01'), to: at('2026-05-01') }, '2026-02-01', '2026-05-01', 'day'],
    [{ bucket: 'minute' as const, to: at('2026-01-02') }, '2026-01-01', '2026-01-02', 'minute'],
  ])('that is left open is filled in: %j', (filters, from, to, bucket) => {
    expect(failurePeriod(filters, nowMs)).toEqual({ fromMs: Date.parse(from), toMs: Date.parse(to), bucket });
  });

  it.each([
    [{ from: at('2026-05-02') }, 'from', 'RANGE'],
    [{ from: at('2026-01-01'), to: at('2026-01-01') }, 'from', 'RANGE'],
    [{ from: at('2026-01-01'), to: at('2026-04-04') }, 'from', 'RANGE'],
    [{ from: at('2026-01-01'), to: at('2026-01-09'), bucket: 'minute' as const }, 'bucket', 'BUCKETS'],
  ])('that cannot be told is refused: %j', (filters, field, rule) => {
    expect(() => failurePeriod(filters, nowMs)).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ errors: [expect.objectContaining({ field, rule })] }),
      }),
    );
  });
});
