import type pg from 'pg';

/** Hashes in hex. */
export interface EngineEnd {
  readonly engineId: string;
  readonly batchSeq: string;
  readonly headHash: string;
  /** Of its last batch; null: it has none. */
  readonly lastSeq: string | null;
  readonly lastHead: string | null;
}

export interface WitnessedHead {
  readonly engineId: string;
  readonly batchSeq: string;
  readonly headHash: string;
  /** What the batch of that number has now; null: there is none. */
  readonly foundHead: string | null;
}

export async function readEngineEnds(client: pg.ClientBase, after: string, most: number): Promise<EngineEnd[]> {
  const { rows } = await client.query<EngineEnd>({
    name: 'reconciliation-engine-ends',
    text: `SELECT e.worker_id AS "engineId", e.batch_seq AS "batchSeq", encode(e.head_hash, 'hex') AS "headHash",
                  l.batch_seq AS "lastSeq", encode(l.head_hash, 'hex') AS "lastHead"
             FROM engine_workers e
             LEFT JOIN LATERAL (SELECT b.batch_seq, b.head_hash FROM ledger_batches b
                                 WHERE b.worker_id = e.worker_id ORDER BY b.batch_seq DESC LIMIT 1) l ON true
            WHERE e.worker_id > $1 ORDER BY e.worker_id LIMIT $2`,
    values: [after, most],
  });
  return rows;
}

/** In the order of engine and batch; what several saw alike is one. */
export async function readWitnessedHeads(
  client: pg.ClientBase,
  [engineId, batchSeq]: readonly [string, string],
  most: number,
): Promise<WitnessedHead[]> {
  const { rows } = await client.query<WitnessedHead>({
    name: 'reconciliation-witnessed-heads',
    text: `SELECT s.engine_id AS "engineId", s.batch_seq AS "batchSeq", encode(s.head_hash, 'hex') AS "headHash",
                  encode(b.head_hash, 'hex') AS "foundHead"
             FROM (SELECT DISTINCT engine_id, batch_seq, head_hash FROM witnessed_heads
                    WHERE (engine_id, batch_seq) > ($1::uuid, $2::bigint) AND batch_seq > 0
                    ORDER BY engine_id, batch_seq LIMIT $3) s
             LEFT JOIN ledger_batches b ON b.worker_id = s.engine_id AND b.batch_seq = s.batch_seq
            ORDER BY s.engine_id, s.batch_seq`,
    values: [engineId, batchSeq, most],
  });
  return rows;
}
