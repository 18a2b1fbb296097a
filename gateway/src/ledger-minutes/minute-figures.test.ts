import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { type MinutesWritten, readPeriod } from './minute-figures.js';
import { minuteMs } from './minute-roll-up.js';

const nowMs = Date.parse('2026-05-01T12:00:00Z');
const daysMs = (days: number) => days * 1_440 * minuteMs;
const never = new AbortController().signal;

/** What the database was asked for: from which instant to which. */
async function asked(fromMs: number, toMs: number, written: MinutesWritten): Promise<[from: number, to: number][]> {
  const chunks: [number, number][] = [];
  const query = async (_: string, [from, to]: [Date, Date]) => {
    chunks.push([from.getTime(), to.getTime()]);
    return { rows: [{ buckets: null, codes: null }] };
  };
  await readPeriod({ query } as unknown as Pool, { fromMs, toMs }, written, minuteMs, never);
  return chunks;
}

it('nothing is asked of a time to come, however long the period', async () => {
  const written = { fromMs: nowMs - daysMs(100), toMs: nowMs, nowMs };
  expect(await asked(nowMs + daysMs(1), nowMs + daysMs(93), written)).toEqual([]);
  expect((await asked(nowMs - 30_000, nowMs + daysMs(92), written)).map(([, to]) => to)).toEqual([nowMs]);
});

it('where the roll-up is far behind, no more is read from the batches than a quarter of an hour', async () => {
  const writtenToMs = nowMs - daysMs(60);
  const written = { fromMs: nowMs - daysMs(190), toMs: writtenToMs, nowMs };
  expect(await asked(nowMs - daysMs(50), nowMs, written)).toEqual([]);
  const chunks = await asked(nowMs - daysMs(92), nowMs, written);
  expect(chunks.length).toBeLessThan(20);
  expect(chunks.at(-1)?.[1]).toBe(writtenToMs + 15 * minuteMs);
});
