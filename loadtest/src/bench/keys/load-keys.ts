import type pg from 'pg';

export interface KeyTable {
  tableBytes: number;
  indexBytes: number;
}

const piece = 2_000_000;
/** What pages of an index are filled to, in per cent, when its keys came one by one in random order. */
const fill = 70;

/** Fills `idempotency_keys` with random keys up to that many. The index is built when they are in: one by one takes hours. */
export async function loadKeys(
  client: pg.Client,
  keys: number,
  progress: (message: string) => void,
): Promise<KeyTable> {
  const { rows } = await client.query('SELECT count(*)::float8 AS count FROM idempotency_keys');
  const before: number = rows[0].count;
  if (keys > before) {
    await client.query('ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey');
    for (let done = before; done < keys; done += piece) {
      progress(`loading keys: ${(done / 1e6).toFixed(1)} of ${keys / 1e6} million`);
      await client.query(
        `INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash)
         SELECT key, key, key FROM (SELECT gen_random_uuid() AS key FROM generate_series(1, $1::int)) AS fresh`,
        [Math.min(piece, keys - done)],
      );
    }
    progress('building their index');
    await client.query(`SET maintenance_work_mem = '1GB'`);
    await client.query(
      `ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (key_digest) WITH (fillfactor = ${fill})`,
    );
    await client.query('ANALYZE idempotency_keys');
  }
  const size = await client.query(
    `SELECT pg_table_size('idempotency_keys')::float8 AS "tableBytes", pg_indexes_size('idempotency_keys')::float8 AS "indexBytes"`,
  );
  return size.rows[0];
}
