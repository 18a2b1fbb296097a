import type { BatchFigures } from '@smart-wallet/engine/contract/events.js';
import type { MovedToday } from '@smart-wallet/engine/contract/live.js';
import type { Database } from '../storage/database.js';

/** One row of `ledger_batches`, as far as the live stream is concerned. */
export interface BatchRow {
  second: number;
  figures: BatchFigures;
  latency: number[];
}

/** The batches of the seconds from `from` to before `before`, in no order. */
export async function readBatches(database: Database, from: number, before: number): Promise<BatchRow[]> {
  const { rows } = await database.query<[string, string, string]>({
    text: `SELECT floor(extract(epoch FROM created_at))::bigint, figures::text, latency::text FROM ledger_batches
            WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2)`,
    values: [from, before],
    rowMode: 'array',
  });
  return rows.map(([second, figures, latency]) => ({
    second: Number(second),
    figures: JSON.parse(figures) as BatchFigures,
    // {1,0,2}: the driver's own reader of arrays goes letter by letter.
    latency: JSON.parse(`[${latency.slice(1, -1)}]`) as number[],
  }));
}

/** What moved in some time, by currency: ten-thousandths in decimal digits, and in how many transactions. */
export type Moved = Pick<MovedToday, 'sumByCurrency'> & Required<Pick<MovedToday, 'countByCurrency'>>;

/** In the seconds from `from` to before `before`. */
export async function sumMoved(database: Database, from: number, before: number): Promise<Moved> {
  const { rows } = await database.query<{ currency: string; moved: string; count: string }>(
    `SELECT currency, sum(amount::numeric)::text AS moved,
            coalesce(sum((figures->'countByCurrency'->>currency)::bigint), 0)::text AS count
       FROM ledger_batches, jsonb_each_text(figures->'sumByCurrency') AS one (currency, amount)
      WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2)
      GROUP BY currency`,
    [from, before],
  );
  return {
    sumByCurrency: Object.fromEntries(rows.map(({ currency, moved }) => [currency, moved])),
    countByCurrency: Object.fromEntries(rows.map(({ currency, count }) => [currency, Number(count)])),
  };
}
