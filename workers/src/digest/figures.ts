import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Database } from '../database.js';

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

/** Of `transactions` at a time: a reader that takes long must not hold a snapshot. */
const chunkMs = 900_000;
/** Ids run with time only roughly. */
const idSlackMs = 600_000;

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
    `WITH written AS MATERIALIZED (
       SELECT coalesce(max(minute) + interval '1 minute', '-infinity') AS before FROM ledger_minutes
     ), part AS MATERIALIZED (
       SELECT succeeded, failed, figures, latency FROM ledger_minutes, written WHERE minute >= $1 AND minute < least($2, before)
       UNION ALL
       SELECT (figures->>'succeeded')::bigint, (figures->>'failed')::bigint, figures, latency::bigint[] FROM ledger_batches, written
        WHERE created_at >= greatest($1, before) AND created_at < $2
     )
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

async function readMoney(database: Database, { from, to }: Period): Promise<MoneyOfKind[]> {
  const sums = new Map<string, { kind: string; currency: string; count: number; sum: bigint }>();
  for (let at = from.getTime(); at < to.getTime(); at += chunkMs) {
    const [low, high] = [new Date(at), new Date(Math.min(at + chunkMs, to.getTime()))];
    const { rows } = await database.query<{ kind: string; currency: string; count: string; sum: string }>(
      `SELECT kind::text, currency, count(*) AS count, sum(amount)::text AS sum FROM transactions
        WHERE transaction_id >= uuid_at($3) AND transaction_id < uuid_at($4) AND created_at >= $1 AND created_at < $2
          AND status = 'SUCCESS' AND sender_entry_no IS NOT NULL
        GROUP BY 1, 2`,
      [low, high, new Date(low.getTime() - idSlackMs), new Date(high.getTime() + idSlackMs)],
    );
    for (const { kind, currency, count, sum } of rows) {
      const known = sums.get(`${kind} ${currency}`) ?? { kind, currency, count: 0, sum: 0n };
      known.count += Number(count);
      known.sum += parseDecimal(sum);
      sums.set(`${kind} ${currency}`, known);
    }
  }
  const key = ({ kind, currency }: MoneyOfKind) => `${currency} ${kind}`;
  return [...sums.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
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
