import type { Pool } from 'pg';
import { patientRead } from '../storage/patient-read.js';
import { floorMinute, minuteMs } from './minute-roll-up.js';

/** What was committed in a bucket of time. */
export interface BucketFigures {
  atMs: number;
  total: number;
  failed: number;
}

export interface CodeFigures {
  count: number;
  /** The minute in which it was last seen. */
  lastMinuteMs: number;
}

export interface PeriodFigures {
  total: number;
  failed: number;
  byCode: Map<string, CodeFigures>;
  buckets: Map<number, BucketFigures>;
}

export interface Period {
  fromMs: number;
  toMs: number;
}

/** How far the roll-up may be behind: what it has not written is added up from the batches, minute by minute. */
const behindMsMax = 15 * minuteMs;
/** Minutes that one query adds up. */
const minutesPerChunk = 31 * 1_440;

/** Which minutes are written: from the first one to before the end; and the database's time. */
export interface MinutesWritten extends Period {
  nowMs: number;
}

export async function findMinutesWritten(database: Pool): Promise<MinutesWritten> {
  const { rows } = await database.query<{ first: Date | null; last: Date | null; begun: Date | null; now: Date }>(
    `SELECT (SELECT min(minute) FROM ledger_minutes) AS first, (SELECT max(minute) FROM ledger_minutes) AS last,
            (SELECT min(created_at) FROM ledger_batches) AS begun, clock_timestamp() AS now`,
  );
  const { first, last, begun, now } = rows[0] as {
    first: Date | null;
    last: Date | null;
    begun: Date | null;
    now: Date;
  };
  const nowMs = now.getTime();
  if (first && last) return { fromMs: first.getTime(), toMs: last.getTime() + minuteMs, nowMs };
  const begunMs = floorMinute(begun?.getTime() ?? nowMs);
  return { fromMs: begunMs, toMs: begunMs, nowMs };
}

/** Up to when figures can be told: the present, unless the roll-up is far behind. */
export function toldBefore({ toMs, nowMs }: MinutesWritten): number {
  return Math.min(nowMs, toMs + behindMsMax);
}

/**
 * What was committed in a period, to the millisecond: from the minutes that are written, and from the batches at its edges. Of what
 * cannot be told yet nothing is read: that may be months, and batches are read minute by minute.
 */
export async function readPeriod(
  database: Pool,
  { fromMs, toMs: endMs }: Period,
  written: MinutesWritten,
  bucketMs: number,
  signal: AbortSignal,
): Promise<PeriodFigures> {
  const toMs = Math.min(endMs, toldBefore(written));
  const figures: PeriodFigures = { total: 0, failed: 0, byCode: new Map(), buckets: new Map() };
  const wholeFrom = Math.max(floorMinute(fromMs + minuteMs - 1), written.fromMs);
  const wholeTo = Math.min(floorMinute(toMs), written.toMs);
  const add = async (source: Source, from: number, to: number, stepMs: number) => {
    for (let at = from; at < to; at = Math.min(at + stepMs, to)) {
      const chunk = { fromMs: at, toMs: Math.min(at + stepMs, to) };
      addFigures(figures, await patientRead(() => readChunk(database, source, chunk, bucketMs), signal));
    }
  };
  if (wholeFrom >= wholeTo) {
    await add(batches, Math.max(fromMs, written.fromMs), toMs, minuteMs);
    return figures;
  }
  await add(batches, Math.max(fromMs, written.fromMs), wholeFrom, minuteMs);
  await add(minutes, wholeFrom, wholeTo, minutesPerChunk * minuteMs);
  await add(batches, wholeTo, toMs, minuteMs);
  return figures;
}

interface Source {
  table: string;
  time: string;
  succeeded: string;
  failed: string;
}

const minutes: Source = { table: 'ledger_minutes', time: 'minute', succeeded: 'succeeded', failed: 'failed' };
const batches: Source = {
  ...{ table: 'ledger_batches', time: 'created_at' },
  ...{ succeeded: `(figures->>'succeeded')::bigint`, failed: `(figures->>'failed')::bigint` },
};

interface Chunk {
  buckets: { at: number; total: number; failed: number }[] | null;
  codes: { code: string; count: number; last: number }[] | null;
}

async function readChunk(database: Pool, source: Source, { fromMs, toMs }: Period, bucketMs: number): Promise<Chunk> {
  const { table, time, succeeded, failed } = source;
  const { rows } = await database.query<Chunk>(
    `WITH looked AS MATERIALIZED (
       SELECT floor(extract(epoch FROM ${time}) * 1000)::bigint AS ms, ${succeeded} AS succeeded, ${failed} AS failed,
              figures->'failuresByCode' AS codes
         FROM ${table} WHERE ${time} >= $1 AND ${time} < $2)
     SELECT (SELECT json_agg(one) FROM (SELECT ms - ms % $3::bigint AS at, sum(succeeded + failed) AS total, sum(failed) AS failed
               FROM looked GROUP BY 1) AS one) AS buckets,
            (SELECT json_agg(one) FROM (SELECT code, sum(n::bigint) AS count, max(ms) AS last
               FROM looked, jsonb_each_text(codes) AS each_code (code, n) WHERE failed > 0 GROUP BY 1) AS one) AS codes`,
    [new Date(fromMs), new Date(toMs), bucketMs],
  );
  return rows[0] as Chunk;
}

function addFigures(figures: PeriodFigures, { buckets, codes }: Chunk): void {
  for (const { at, total, failed } of buckets ?? []) {
    figures.total += total;
    figures.failed += failed;
    const bucket = figures.buckets.get(at) ?? { atMs: at, total: 0, failed: 0 };
    bucket.total += total;
    bucket.failed += failed;
    figures.buckets.set(at, bucket);
  }
  for (const { code, count, last } of codes ?? []) {
    const known = figures.byCode.get(code);
    figures.byCode.set(code, {
      count: (known?.count ?? 0) + count,
      lastMinuteMs: Math.max(known?.lastMinuteMs ?? 0, floorMinute(last)),
    });
  }
}
