import type pg from 'pg';

/** A transaction that says it is of a batch which does not list it. */
export interface Unlisted {
  readonly transactionId: string;
  readonly engineId: string;
  readonly batchSeq: string;
  readonly batchIsThere: boolean;
}

/** One statement is one moment, in which a batch is there with its transactions. Batches are found by their key, each once. */
const unlistedOf = (page: string) => `
  WITH page AS MATERIALIZED (${page}),
  batch AS MATERIALIZED (
    SELECT d.worker_id, d.batch_seq, b.ids FROM (SELECT DISTINCT worker_id, batch_seq FROM page) d
      LEFT JOIN LATERAL (SELECT b.transaction_ids AS ids FROM ledger_batches b
                          WHERE b.worker_id = d.worker_id AND b.batch_seq = d.batch_seq OFFSET 0) b ON true
  ), listed AS MATERIALIZED (SELECT worker_id, batch_seq, unnest(ids) AS id FROM batch)
  SELECT p.transaction_id AS "transactionId", p.worker_id AS "engineId", p.batch_seq AS "batchSeq", b.ids IS NOT NULL AS "batchIsThere"
    FROM page p JOIN batch b USING (worker_id, batch_seq)
   WHERE NOT EXISTS (SELECT FROM listed l
                      WHERE l.worker_id = p.worker_id AND l.batch_seq = p.batch_seq AND l.id = p.transaction_id)
   ORDER BY p.transaction_id`;

const columns = 'SELECT transaction_id, worker_id, batch_seq FROM transactions';

/** Of those with ids behind one and up to another. */
export async function readUnlisted(client: pg.ClientBase, after: string, upTo: string): Promise<Unlisted[]> {
  const { rows } = await client.query<Unlisted>({
    name: 'reconciliation-unlisted',
    text: unlistedOf(`${columns} WHERE transaction_id > $1 AND transaction_id <= $2`),
    values: [after, upTo],
  });
  return rows;
}

export async function readUnlistedOf(client: pg.ClientBase, ids: readonly string[]): Promise<Unlisted[]> {
  const { rows } = await client.query<Unlisted>({
    name: 'reconciliation-unlisted-of',
    text: unlistedOf(`${columns} WHERE transaction_id = ANY ($1::uuid[])`),
    values: [`{${ids.join(',')}}`],
  });
  return rows;
}

/** The last of so many ids behind one, and how many there are. */
export async function readNextIds(
  client: pg.ClientBase,
  after: string,
  most: number,
): Promise<{ last: string | null; count: number }> {
  const { rows } = await client.query<{ last: string | null; count: number }>({
    name: 'reconciliation-next-ids',
    text: `SELECT (array_agg(transaction_id ORDER BY transaction_id DESC))[1] AS last, count(*)::int AS count
             FROM (SELECT transaction_id FROM transactions WHERE transaction_id > $1 ORDER BY transaction_id LIMIT $2) page`,
    values: [after, most],
  });
  return rows[0] ?? { last: null, count: 0 };
}
