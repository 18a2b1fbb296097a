import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import type { Database } from '../../database.js';
import type { CommittedCounts } from '../rules/failure-rate.js';
import type { LatencyCounts } from '../rules/latency.js';

/** Seconds that are kept one by one: shorter windows are exact to the second. */
export const secondsMax = 900;
/** Read at once: a snapshot that stays open long bloats the rows that payments change. */
const secondsAtOnce = 20;
const minuteSeconds = 60;

export interface WindowFigures extends CommittedCounts, LatencyCounts {}

interface SecondFigures {
  readonly second: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly latency: readonly number[];
}

const buckets = latencyBoundsMs.length + 1;
const bucketSums = Array.from({ length: buckets }, (_, i) => `coalesce(sum(latency[${i + 1}]), 0)::float8`).join(', ');

/**
 * What was committed, second by second, as far as the ledger is final: each second is read once. What a window has beyond these seconds
 * comes from the minutes that gateways add up, so such a window begins with a whole minute.
 */
export class LedgerWindow {
  /** Without those in which nothing was committed. */
  #seconds: SecondFigures[] = [];
  /** The seconds held: from, to before. */
  #from = 0;
  #before = 0;

  constructor(private readonly database: Database) {}

  /** Reads what is new, so that the last `windowMinutes` before a second are there. */
  async advance(before: number, windowMinutes: number): Promise<void> {
    const from = before - Math.min(windowMinutes * minuteSeconds, secondsMax);
    if (before < this.#before || from > this.#before || from < this.#from) {
      this.#seconds = [];
      this.#from = from;
      this.#before = from;
    }
    while (this.#before < before) {
      const upTo = Math.min(this.#before + secondsAtOnce, before);
      this.#seconds.push(...(await this.#read(this.#before, upTo)));
      this.#before = upTo;
    }
    this.#from = Math.max(this.#from, before - secondsMax);
    this.#seconds = this.#seconds.filter(({ second }) => second >= this.#from);
  }

  async figures(windowMinutes: number): Promise<WindowFigures> {
    const from = this.#before - windowMinutes * minuteSeconds;
    const sum = { succeeded: 0, failed: 0, codes: new Map<string, number>(), latency: new Array(buckets).fill(0) };
    if (from < this.#from) {
      const wholeBefore = this.#from - (this.#from % minuteSeconds);
      const older = await this.#readMinutes(from - (from % minuteSeconds), wholeBefore);
      if (older) add(sum, older);
      // Between the last whole minute and the first second that is held.
      for (const one of await this.#read(wholeBefore, this.#from)) add(sum, one);
    }
    for (const one of this.#seconds) if (one.second >= from) add(sum, one);
    const { succeeded, failed, codes, latency } = sum;
    return { succeeded, failed, latency, failuresByCode: Object.fromEntries(codes) };
  }

  async #read(from: number, before: number): Promise<SecondFigures[]> {
    if (from >= before) return [];
    const { rows } = await this.database.query<SecondFigures>(
      `WITH batch AS MATERIALIZED (
         SELECT floor(extract(epoch FROM created_at))::float8 AS second, figures, latency FROM ledger_batches
          WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2)
       ), code AS (
         SELECT second, jsonb_object_agg(name, n) AS codes FROM (
           SELECT second, name, sum(n::bigint)::float8 AS n FROM batch, jsonb_each_text(figures->'failuresByCode') AS one (name, n)
            WHERE figures->>'failed' <> '0' GROUP BY 1, 2) AS counted GROUP BY 1
       )
       SELECT b.*, coalesce(codes, '{}') AS codes FROM (
         SELECT second, sum((figures->>'succeeded')::bigint)::float8 AS succeeded, sum((figures->>'failed')::bigint)::float8 AS failed,
                ARRAY[${bucketSums}] AS latency
           FROM batch GROUP BY 1) AS b LEFT JOIN code USING (second) ORDER BY second`,
      [from, before],
    );
    return rows;
  }

  async #readMinutes(from: number, before: number): Promise<SecondFigures | undefined> {
    const { rows } = await this.database.query<SecondFigures>(
      `WITH minute AS MATERIALIZED (
         SELECT * FROM ledger_minutes WHERE minute >= to_timestamp($1) AND minute < to_timestamp($2)
       )
       SELECT $1::float8 AS second, coalesce(sum(succeeded), 0)::float8 AS succeeded, coalesce(sum(failed), 0)::float8 AS failed,
              ARRAY[${bucketSums}] AS latency,
              (SELECT coalesce(jsonb_object_agg(name, n), '{}') FROM (
                 SELECT name, sum(n::bigint)::float8 AS n FROM minute, jsonb_each_text(figures->'failuresByCode') AS one (name, n)
                  WHERE failed > 0 GROUP BY 1) AS counted) AS codes
         FROM minute`,
      [from, before],
    );
    return rows[0];
  }
}

interface Sum {
  succeeded: number;
  failed: number;
  codes: Map<string, number>;
  latency: number[];
}

function add(sum: Sum, { succeeded, failed, codes, latency }: SecondFigures): void {
  sum.succeeded += succeeded;
  sum.failed += failed;
  for (const [code, count] of Object.entries(codes)) sum.codes.set(code, (sum.codes.get(code) ?? 0) + count);
  for (const [bucket, count] of latency.entries()) sum.latency[bucket] = (sum.latency[bucket] ?? 0) + count;
}
