import type pg from 'pg';

/** Tables of the product's shape and indexes, with its wallets, in a schema of their own. */
export async function createRawTables(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE SCHEMA raw;
    CREATE TABLE raw.wallets (LIKE public.wallets INCLUDING ALL) WITH (fillfactor = 60);
    CREATE TABLE raw.transactions (LIKE public.transactions INCLUDING ALL) PARTITION BY RANGE (transaction_id);
    CREATE TABLE raw.idempotency_keys (LIKE public.idempotency_keys INCLUDING ALL);
    INSERT INTO raw.wallets SELECT * FROM public.wallets`);
  const months = await client.query(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.transactions'::regclass`,
  );
  for (const { name, bound } of months.rows)
    await client.query(`CREATE TABLE raw.${name} PARTITION OF raw.transactions ${bound}`);
}

/** The wallets of both sides, the pairs with balances and entry numbers, and the keys, in one statement; no protocol. */
export const rawStatement = `
WITH touched AS (
  UPDATE raw.wallets w
     SET balance = w.balance + t.delta, entry_no = w.entry_no + t.entries, version = w.version + 1, updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::numeric[], $3::int[]) WITH ORDINALITY AS t (wallet_id, delta, entries, ix)
   WHERE w.wallet_id = ANY (ARRAY[t.wallet_id])
  RETURNING t.ix, w.balance, w.entry_no
), pair AS MATERIALIZED (
  SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::numeric[], $11::text[],
                       $12::int[], $13::numeric[], $14::int[], $15::int[], $16::numeric[], $17::int[], $18::int2[], $19::int8[])
    AS t (id, key_digest, key, request_hash, sender, receiver, amount, currency, sender_ix, sender_later, sender_later_entries,
          receiver_ix, receiver_later, receiver_later_entries, partition, initiated_ms)
), keyed AS (
  INSERT INTO raw.idempotency_keys (key_digest, outcome_id) SELECT key_digest, id FROM pair ORDER BY key_digest
)
INSERT INTO raw.transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id,
    receiver_wallet_id, amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no,
    partition, worker_id, batch_seq, initiated_at, processing_at, created_at)
SELECT p.id, 'PAYMENT', 'SUCCESS', 'bench', p.key, p.request_hash, p.sender, p.receiver, p.amount, p.currency,
       s.balance - p.sender_later, s.entry_no - p.sender_later_entries,
       r.balance - p.receiver_later, r.entry_no - p.receiver_later_entries,
       p.partition, '00000000-0000-7000-8000-000000000000', 1,
       to_timestamp(p.initiated_ms / 1000.0::float8), to_timestamp($20::int8 / 1000.0::float8), clock_timestamp()
  FROM pair p JOIN touched s ON s.ix = p.sender_ix JOIN touched r ON r.ix = p.receiver_ix`;

/** Every wallet is what it was seeded with plus its entries, and the last balance_after is the balance. */
export async function rawBooksBalance(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`
    SELECT (SELECT sum(balance) FROM raw.wallets) = 0 AND NOT EXISTS (
      SELECT FROM raw.wallets w JOIN public.wallets seeded USING (wallet_id)
        LEFT JOIN (
          SELECT wallet_id, sum(signed) AS total, count(*) AS entries, max(entry_no) AS entry_no FROM (
            SELECT sender_wallet_id AS wallet_id, -amount AS signed, sender_entry_no AS entry_no FROM raw.transactions
            UNION ALL
            SELECT receiver_wallet_id, amount, receiver_entry_no FROM raw.transactions) e GROUP BY wallet_id) e USING (wallet_id)
       WHERE w.balance <> seeded.balance + coalesce(e.total, 0) OR w.entry_no <> seeded.entry_no + coalesce(e.entries, 0)
          OR w.entry_no <> coalesce(e.entry_no, w.entry_no)) AS balance`);
  return rows[0].balance;
}
