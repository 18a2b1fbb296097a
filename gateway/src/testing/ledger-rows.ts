import { randomUUID } from 'node:crypto';
import { type BatchCommitted, type BatchFigures, latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import type pg from 'pg';

export interface BatchToWrite {
  figures: BatchFigures;
  latency: number[];
  /** Without one, the database's clock at that moment. */
  atMs?: number;
}

const workerId = randomUUID();
let batchSeq = 0;

/** Writes a batch row by hand, as the engine's call would: the time is read in the statement. Returns it. */
export async function writeBatch(client: pg.ClientBase | pg.Pool, batch: BatchToWrite): Promise<number> {
  const { rows } = await client.query<{ at: string }>(
    `INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at)
     VALUES ($1, $2, '{}', $3, $4, '', '', '', coalesce(to_timestamp($5::float8 / 1000), clock_timestamp()))
     RETURNING (extract(epoch FROM created_at) * 1000)::bigint AS at`,
    [workerId, ++batchSeq, batch.figures, batch.latency, batch.atMs ?? null],
  );
  return Number(rows[0]?.at);
}

export function batchOf(succeeded: number, amount = '10000', currency = 'EUR'): BatchToWrite {
  return {
    figures: {
      succeeded,
      failed: 0,
      failuresByCode: {},
      countByKind: { PAYMENT: succeeded },
      sumByCurrency: { [currency]: (BigInt(amount) * BigInt(succeeded)).toString() },
      countByCurrency: { [currency]: succeeded },
    },
    latency: latencyOf(5, succeeded),
  };
}

export function randomBatch(random: () => number): BatchToWrite {
  const upTo = (max: number) => Math.floor(random() * max);
  const [payments, deposits, poor, frozen] = [upTo(200), upTo(9), upTo(4), upTo(2)];
  const bucket = upTo(latencyBoundsMs.length + 1);
  return {
    figures: {
      succeeded: payments + deposits,
      failed: poor + frozen,
      failuresByCode: {
        ...(frozen > 0 ? { WALLET_NOT_ACTIVE: frozen } : {}),
        ...(poor > 0 ? { INSUFFICIENT_FUNDS: poor } : {}),
      },
      countByKind: {
        ...(random() < 0.5 ? { PAYMENT: payments, DEPOSIT: deposits } : { DEPOSIT: deposits, PAYMENT: payments }),
      },
      sumByCurrency: {
        EUR: upTo(1e12).toString(),
        ...(random() < 0.3 ? { JPY: (10n ** 20n + BigInt(upTo(1e9))).toString() } : {}),
      },
      // Batches written by an engine of before do not say it.
      ...(random() < 0.8 ? { countByCurrency: { EUR: payments, ...(deposits > 0 ? { JPY: deposits } : {}) } } : {}),
    },
    latency: latencyOf(bucket, payments + deposits + poor + frozen),
  };
}

export function committedEvent(batch: BatchToWrite, committedAtMs: number): BatchCommitted {
  return { workerId, batchSeq: ++batchSeq, committedAtMs, figures: batch.figures, latency: batch.latency, sample: [] };
}

/** What Postgres makes of the table: the same figures, added up by other code. */
export async function secondsOfTable(pool: pg.Pool, from: number, before: number): Promise<ClosedSecond[]> {
  const { rows } = await pool.query<{ second: ClosedSecond }>(
    `WITH batch AS (SELECT floor(extract(epoch FROM created_at))::bigint AS second, figures, latency FROM ledger_batches
                     WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2)),
          counted AS (SELECT second, kind, name, sum(n::numeric) AS n FROM batch,
                        LATERAL (SELECT 'failuresByCode', * FROM jsonb_each_text(figures->'failuresByCode')
                                 UNION ALL SELECT 'countByKind', * FROM jsonb_each_text(figures->'countByKind')
                                 UNION ALL SELECT 'sumByCurrency', * FROM jsonb_each_text(figures->'sumByCurrency')
                                 UNION ALL SELECT 'countByCurrency', * FROM jsonb_each_text(figures->'countByCurrency')) AS one (kind, name, n)
                       GROUP BY 1, 2, 3),
          slow AS (SELECT second, (ix - 1)::int AS bucket, sum(n) AS n FROM batch, unnest(latency) WITH ORDINALITY AS one (n, ix)
                    GROUP BY 1, 2 HAVING sum(n) > 0)
     SELECT jsonb_build_object('second', s, 'batches', (SELECT count(*) FROM batch WHERE second = s),
              'succeeded', (SELECT coalesce(sum((figures->>'succeeded')::int), 0) FROM batch WHERE second = s),
              'failed', (SELECT coalesce(sum((figures->>'failed')::int), 0) FROM batch WHERE second = s),
              'failuresByCode', (SELECT coalesce(jsonb_object_agg(name, n), '{}') FROM counted WHERE second = s AND kind = 'failuresByCode'),
              'countByKind', (SELECT coalesce(jsonb_object_agg(name, n), '{}') FROM counted WHERE second = s AND kind = 'countByKind'),
              'sumByCurrency', (SELECT coalesce(jsonb_object_agg(name, n::text), '{}') FROM counted WHERE second = s AND kind = 'sumByCurrency'),
              'countByCurrency', (SELECT coalesce(jsonb_object_agg(name, n), '{}') FROM counted WHERE second = s AND kind = 'countByCurrency'),
              'latency', (SELECT coalesce(jsonb_agg(jsonb_build_array(bucket, n) ORDER BY bucket), '[]') FROM slow WHERE second = s)) AS second
       FROM generate_series($1::bigint, $2::bigint - 1) AS s ORDER BY s`,
    [from, before],
  );
  return rows.map(({ second }) => second);
}

function latencyOf(bucket: number, count: number): number[] {
  return Array.from({ length: latencyBoundsMs.length + 1 }, (_, i) => (i === bucket ? count : 0));
}
