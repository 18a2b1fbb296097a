import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { FinalTime } from '../closing/final-time.js';
import { openReportDatabase, type ReportDatabase } from '../storage/report-database.js';
import { batchOf, randomBatch, secondsOfTable, writeBatch } from '../testing/ledger-rows.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { findMinutesWritten, readPeriod } from './minute-figures.js';
import { floorMinute, MinuteRollUp, minuteMs } from './minute-roll-up.js';

const log = pino({ level: 'silent' });
const never = new AbortController().signal;

let scratch: Scratch;
let owner: pg.Pool;
let reports: ReportDatabase;

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 4 });
  reports = openReportDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, log);
});
afterAll(async () => {
  await Promise.all([reports?.end(), owner?.end()]);
  await scratch?.database.drop();
});
beforeEach(() => owner.query('TRUNCATE ledger_batches, ledger_minutes'));

const rollUp = () => new MinuteRollUp(reports, new FinalTime(reports), log);

interface MinuteRow {
  minute: Date;
  batches: string;
  succeeded: string;
  failed: string;
  figures: Record<string, Record<string, unknown>>;
  latency: string[];
}

async function minutes(): Promise<MinuteRow[]> {
  return (await owner.query<MinuteRow>('SELECT * FROM ledger_minutes ORDER BY minute')).rows;
}

/** Catches up until the minutes that are over now are written: something else on the server may hold them open. */
async function writeAll(): Promise<void> {
  for (const overMs = floorMinute(Date.now()); ; ) {
    await rollUp().catchUp();
    const last = (await minutes()).at(-1)?.minute.getTime() ?? 0;
    if (last + minuteMs >= overMs) return;
  }
}

it('minutes are the sums of their batches, without a hole, and stay as they were written', async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`random batches with seed ${seed}`);
  const random = seededRandom(seed);
  const fromMs = floorMinute(Date.now()) - 9 * minuteMs;
  for (let i = 0; i < 80; i++) {
    // None in the third and the fourth minute.
    const place = Math.floor(random() * 7);
    const atMs = fromMs + (place >= 2 ? place + 2 : place) * minuteMs + Math.floor(random() * minuteMs);
    await writeBatch(owner, { ...randomBatch(random), atMs });
  }
  await writeBatch(owner, { ...batchOf(1), atMs: fromMs });
  await writeAll();
  const rows = await minutes();
  expect(rows.map(({ minute }) => minute.getTime())).toEqual(rows.map((_, i) => fromMs + i * minuteMs));
  for (const row of rows) {
    const from = row.minute.getTime() / 1_000;
    const seconds = await secondsOfTable(owner, from, from + 60);
    const sum = (values: (number | string)[]) => values.reduce<bigint>((total, value) => total + BigInt(value), 0n);
    expect(BigInt(row.batches)).toBe(sum(seconds.map(({ batches }) => batches)));
    expect(BigInt(row.succeeded)).toBe(sum(seconds.map(({ succeeded }) => succeeded)));
    expect(BigInt(row.failed)).toBe(sum(seconds.map(({ failed }) => failed)));
    for (const field of ['failuresByCode', 'countByKind', 'sumByCurrency', 'countByCurrency'] as const) {
      const names = new Set(seconds.flatMap((second) => Object.keys(second[field] ?? {})));
      const expected = [...names].map((name) => [
        name,
        sum(seconds.map((second) => (second[field] as Record<string, number>)?.[name] ?? 0)),
      ]);
      const told = Object.entries(row.figures[field] ?? {}).map(([name, n]) => [name, BigInt(n as number | string)]);
      expect([seed, field, new Map(told as [string, bigint][])]).toEqual([
        seed,
        field,
        new Map(expected as [string, bigint][]),
      ]);
    }
    expect(sum(row.latency)).toBe(sum(seconds.flatMap(({ latency }) => latency.map(([, count]) => count))));
  }
  // Whoever comes second changes nothing.
  await writeBatch(owner, { ...batchOf(1_000), atMs: fromMs + 1 });
  await writeAll();
  expect((await minutes()).slice(0, rows.length)).toEqual(rows);
});

it('several gateways at once write each minute once', async () => {
  const fromMs = floorMinute(Date.now()) - 500 * minuteMs;
  for (let i = 0; i < 50; i++) await writeBatch(owner, { ...batchOf(2), atMs: fromMs + i * 10 * minuteMs });
  await Promise.all([writeAll(), writeAll(), writeAll()]);
  const rows = await minutes();
  expect(rows.length).toBeGreaterThanOrEqual(500);
  expect(rows.map(({ minute }) => minute.getTime())).toEqual(rows.map((_, i) => fromMs + i * minuteMs));
  expect(rows.reduce((total, { succeeded }) => total + Number(succeeded), 0)).toBe(100);
});

it('a minute is not written while something that may still add to it runs', async () => {
  const fromMs = floorMinute(Date.now()) - 2 * minuteMs;
  await writeBatch(owner, { ...batchOf(1), atMs: fromMs });
  await writeAll();
  const before = (await minutes()).length;
  await owner.query('DELETE FROM ledger_minutes');
  const client = await owner.connect();
  await client.query('BEGIN');
  await writeBatch(client, { ...batchOf(5), atMs: fromMs + 30_000 });
  expect(await rollUp().catchUp()).toBeLessThan(minuteMs);
  expect(await minutes()).toEqual([]);
  await client.query('COMMIT');
  client.release();
  await writeAll();
  const rows = await minutes();
  expect(rows.length).toBeGreaterThanOrEqual(before);
  expect(rows[0]?.succeeded).toBe('6');
});

it('what is not over, or would leave a hole, is refused by the database', async () => {
  const write = (fromMs: number, toMs: number) =>
    reports.query('SELECT roll_up_ledger_minutes($1, $2)', [new Date(fromMs), new Date(toMs)]);
  const over = floorMinute(Date.now());
  await expect(write(over, over + minuteMs)).rejects.toThrow('not minutes that are over');
  await expect(write(over - minuteMs + 1, over)).rejects.toThrow('not minutes');
  await write(over - 10 * minuteMs, over - 8 * minuteMs);
  await expect(write(over - 7 * minuteMs, over - 6 * minuteMs)).rejects.toThrow('are missing');
  await expect(reports.query('DELETE FROM ledger_minutes')).rejects.toThrow('permission denied');
});

it('a period is exact to the millisecond, whatever of it is written', async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const beganMs = floorMinute(Date.now()) - 40 * minuteMs;
  const batches: { atMs: number; succeeded: number; failed: number }[] = [];
  for (let i = 0; i < 120; i++) {
    const batch = randomBatch(random);
    const atMs = beganMs + Math.floor(random() * 40 * minuteMs);
    await writeBatch(owner, { ...batch, atMs });
    batches.push({ atMs, succeeded: batch.figures.succeeded, failed: batch.figures.failed });
  }
  await writeAll();
  // As if the roll-up were twelve minutes behind.
  await owner.query(`DELETE FROM ledger_minutes WHERE minute >= to_timestamp($1)`, [beganMs / 1_000 + 28 * 60]);
  const written = await findMinutesWritten(reports);
  for (let i = 0; i < 60; i++) {
    const [fromMs, toMs] = [0, 0]
      .map(() => beganMs - minuteMs + Math.floor(random() * 42 * minuteMs))
      .sort((a, b) => a - b) as [number, number];
    const figures = await readPeriod(reports, { fromMs, toMs }, written, minuteMs, never);
    const inside = batches.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const failed = inside.reduce((sum, batch) => sum + batch.failed, 0);
    const total = inside.reduce((sum, batch) => sum + batch.succeeded + batch.failed, 0);
    expect([seed, fromMs, toMs, figures.total, figures.failed]).toEqual([seed, fromMs, toMs, total, failed]);
    expect([...figures.buckets.values()].reduce((sum, bucket) => sum + bucket.total, 0)).toBe(total);
    expect([...figures.byCode.values()].reduce((sum, { count }) => sum + count, 0)).toBe(failed);
  }
});
