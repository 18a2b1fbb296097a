import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import type { Database } from '../database.js';
import { readMoney } from './read-money.js';

export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** Money in ten-thousandths. */
export interface MoneyOfKind {
  readonly kind: string;
  readonly currency: string;
  readonly count: number;
  readonly sum: bigint;
}

/** What was committed in a period. */
export interface Figures {
  readonly succeeded: number;
  readonly failed: number;
  readonly byCode: ReadonlyMap<string, number>;
  /** Of what moved money: by kind, and by currency within it. */
  readonly money: readonly MoneyOfKind[];
  /** Transactions by bucket of `latencyBoundsMs`. */
  readonly latency: readonly number[];
  /** Every minute of it is written and final: it will be the same whenever it is read. */
  readonly closed: boolean;
}

/** What was committed from $1 to before $2: the minutes that are written, and batches where none are. */
const parts = `written AS MATERIALIZED (
       SELECT coalesce(max(minute) + interval '1 minute', '-infinity') AS before FROM ledger_minutes
     ), part AS MATERIALIZED (
       SELECT minute AS at, succeeded, failed, figures, latency FROM ledger_minutes, written WHERE minute >= $1 AND minute < least($2, before)
       UNION ALL
       SELECT created_at, (figures->>'succeeded')::bigint, (figures->>'failed')::bigint, figures, latency::bigint[] FROM ledger_batches, written
        WHERE created_at >= greatest($1, before) AND created_at < $2
     )`;

/** The counts and the latency come from the minutes that are written, and from batches where none are; the money from the ledger. */
export async function readFigures(database: Database, period: Period): Promise<Figures> {
  const counted = await readCounts(database, period);
  return { ...counted, money: await readMoney(database, period) };
}

/** As `readFigures`, without the money: what a period is compared with. */
export async function readCounts(database: Database, { from, to }: Period): Promise<Omit<Figures, 'money'>> {
  const { rows } = await database.query<{
    succeeded: string;
    failed: string;
    codes: Record<string, string>;
    latency: string[] | null;
    closed: boolean;
  }>(
    `WITH ${parts}
     SELECT (SELECT coalesce(sum(succeeded), 0) FROM part) AS succeeded,
            (SELECT coalesce(sum(failed), 0) FROM part) AS failed,
            (SELECT coalesce(jsonb_object_agg(code, n), '{}') FROM (
               SELECT code, sum(n::bigint)::text AS n FROM part, jsonb_each_text(figures->'failuresByCode') AS one (code, n)
                WHERE jsonb_typeof(figures->'failuresByCode') = 'object' GROUP BY code) c) AS codes,
            (SELECT array_agg(n ORDER BY i) FROM (
               SELECT i, sum(n)::text AS n FROM part, unnest(latency) WITH ORDINALITY AS one (n, i) GROUP BY i) l) AS latency,
            (SELECT before >= $2 FROM written) AS closed`,
    [from, to],
  );
  const row = rows[0] as NonNullable<(typeof rows)[0]>;
  const byCode = Object.entries(row.codes).map(([code, count]) => [code, Number(count)] as const);
  return {
    succeeded: Number(row.succeeded),
    failed: Number(row.failed),
    byCode: new Map(byCode.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))),
    latency: latencyBoundsMs.concat(0).map((_, i) => Number(row.latency?.[i] ?? 0)),
    closed: row.closed,
  };
}

/** Transactions between each two of the bounds, as `readCounts` counts them. */
export async function countBetween(
  database: Database,
  bounds: readonly Date[],
): Promise<{ succeeded: number; failed: number }[]> {
  const { rows } = await database.query<{ n: number; succeeded: string; failed: string }>(
    `WITH ${parts}
     SELECT width_bucket(at, $3::timestamptz[]) AS n, sum(succeeded) AS succeeded, sum(failed) AS failed FROM part GROUP BY 1`,
    [bounds[0], bounds.at(-1), bounds],
  );
  const counts = new Map(rows.map((row) => [row.n, { succeeded: Number(row.succeeded), failed: Number(row.failed) }]));
  return bounds.slice(1).map((_, i) => counts.get(i + 1) ?? { succeeded: 0, failed: 0 });
}

/** The bound below which this share of the transactions lies, in milliseconds; null: above all bounds, or there are none. */
export function latencyBound(latency: readonly number[], share: number): number | null {
  const total = latency.reduce((sum, n) => sum + n, 0);
  let seen = 0;
  for (const [i, n] of latency.entries()) {
    seen += n;
    if (total > 0 && seen >= total * share) return latencyBoundsMs[i] ?? null;
  }
  return null;
}

/** How many took less than a bound of the histogram. */
export function countBelow(latency: readonly number[], boundMs: number): number {
  return latency.reduce((sum, n, i) => sum + ((latencyBoundsMs[i] ?? Infinity) <= boundMs ? n : 0), 0);
}
