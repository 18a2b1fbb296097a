import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import type pg from 'pg';
import { currency } from './workload.js';

/** ACTIVE wallets, each in its partition's chain of creations, as `create_wallet` makes them; that takes a minute for 100,000. */
export async function makeWallets(client: pg.Client, ids: readonly string[]): Promise<void> {
  const { rows } = await client.query('SELECT count(*)::int AS count FROM partitions');
  const partitions = ids.map((id) => partitionOf(id, rows[0].count));
  await client.query(
    `CREATE TEMP TABLE made (partition smallint, seq bigint, wallet_id uuid NOT NULL, digest bytea, PRIMARY KEY (partition, seq))`,
  );
  await client.query(
    `WITH made_wallets AS (
       INSERT INTO wallets (wallet_id, currency, status) SELECT id, $3, 'ACTIVE' FROM unnest($1::uuid[]) AS id RETURNING *
     )
     INSERT INTO made (partition, seq, wallet_id, digest)
     SELECT p.partition, h.seq + row_number() OVER (PARTITION BY p.partition ORDER BY w.wallet_id), w.wallet_id,
            sha256(convert_to(format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', w.wallet_id, w.user_id, w.kind, w.currency, w.status, w.partition,
              w.request_hash, NULL, floor(extract(epoch FROM w.created_at) * 1000)::bigint, w.metadata), 'UTF8'))
       FROM made_wallets w JOIN unnest($1::uuid[], $2::smallint[]) AS p (wallet_id, partition) USING (wallet_id)
       JOIN wallet_creation_heads h ON h.partition = p.partition`,
    [ids, partitions, currency],
  );
  await client.query('ANALYZE made');
  await client.query(
    `WITH RECURSIVE chain (partition, seq, head_hash) AS (
       SELECT partition, seq, head_hash FROM wallet_creation_heads
       UNION ALL
       SELECT m.partition, m.seq, sha256(c.head_hash || int8send(m.seq) || m.digest)
         FROM chain c JOIN made m ON m.partition = c.partition AND m.seq = c.seq + 1
     ), written AS (
       INSERT INTO wallet_creations (partition, seq, wallet_id, status, head_hash)
       SELECT c.partition, c.seq, m.wallet_id, 'ACTIVE', c.head_hash FROM chain c JOIN made m USING (partition, seq)
     )
     UPDATE wallet_creation_heads h SET seq = last.seq, head_hash = last.head_hash
       FROM (SELECT DISTINCT ON (partition) * FROM chain ORDER BY partition, seq DESC) last WHERE last.partition = h.partition`,
  );
  await client.query('DROP TABLE made');
}
