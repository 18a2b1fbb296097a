/*
 * The ledger is filled in the database itself, row by row as the engines' call would have written it. What a payment finds (entry
 * numbers, balances, the partition's events so far) follows from its place in its round; see `fill-plan.ts`.
 */

export const fillTables = `
  CREATE UNLOGGED TABLE fill_wallets (i int PRIMARY KEY, wallet_id uuid NOT NULL, partition smallint NOT NULL, funding uuid NOT NULL,
    place int NOT NULL, size int NOT NULL, batch int NOT NULL, leaf int NOT NULL);
  CREATE UNLOGGED TABLE fill_batches (seq bigint NOT NULL, ids uuid[] NOT NULL, amount numeric NOT NULL, kind text NOT NULL, root bytea NOT NULL,
    digest bytea NOT NULL, created_ms bigint NOT NULL, partition smallint NOT NULL, event_first bigint NOT NULL);
  CREATE FUNCTION fill_merkle(nodes bytea[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
  DECLARE
    n int := cardinality(nodes);
  BEGIN
    WHILE n > 1 LOOP
      FOR i IN 1 .. n / 2 LOOP
        nodes[i] := sha256('\\x01'::bytea || nodes[2 * i - 1] || nodes[2 * i]);
      END LOOP;
      IF n % 2 = 1 THEN
        nodes[n / 2 + 1] := nodes[n];
      END IF;
      n := (n + 1) / 2;
    END LOOP;
    RETURN nodes[1];
  END $$;`;

/** $1 wallet ids, $2 their partitions, $3 funding wallets by partition, $4 payments a batch. A batch is of one partition. */
export const fillWallets = `
  INSERT INTO fill_wallets
  SELECT i, wallet_id, partition, ($3::uuid[])[partition + 1], place, size,
         (dense_rank() OVER (ORDER BY partition, place / $4::int) - 1)::int, place % $4::int
    FROM (SELECT wallet_id, partition, (row_number() OVER (ORDER BY partition, md5(wallet_id::text)) - 1)::int AS i,
                 (row_number() OVER (PARTITION BY partition ORDER BY md5(wallet_id::text)) - 1)::int AS place,
                 (count(*) OVER (PARTITION BY partition))::int AS size
            FROM unnest($1::uuid[], $2::smallint[]) AS t (wallet_id, partition)) placed`;

/** What statements take, and its type. */
const types = {
  kind: 'text',
  steps: 'int',
  amount: 'numeric',
  shift: 'int',
  firstTransaction: 'bigint',
  firstBatch: 'bigint',
  walletEntries: 'bigint',
  walletBalance: 'numeric',
  busyEntries: 'bigint',
  busyBalance: 'numeric',
  ownRounds: 'bigint',
  busyRounds: 'bigint',
  wallets: 'int',
  busyWallet: 'uuid',
  busyPartition: 'smallint',
  workerId: 'uuid',
  firstMs: 'bigint',
  batchMs: 'bigint',
  lastMs: 'bigint',
  seed: 'numeric',
  caller: 'text',
  currency: 'text',
} as const;
export type FillParameter = keyof typeof types;
export type FillValues = Record<FillParameter, string | number>;

/** A statement whose parameters are written by name, as `:name`. */
export function named(text: string, values: FillValues): { text: string; values: (string | number)[] } {
  const used: FillParameter[] = [];
  const numbered = text.replace(/(?<!:):([a-zA-Z]+)/g, (_, name: FillParameter) => {
    if (!used.includes(name)) used.push(name);
    return `$${used.indexOf(name) + 1}::${types[name]}`;
  });
  return { text: numbered, values: used.map((name) => values[name]) };
}

/** Transactions, keys, and what their batches are sealed with. */
export const fillRound = `
WITH step AS (
  SELECT s.i, s.batch, s.leaf, s.size, s.place, :firstBatch + s.batch + 1 AS seq,
         :firstMs + (:firstBatch + s.batch) * :batchMs AS ms, :firstTransaction + s.i AS k,
         CASE WHEN :kind = 'FROM_BUSY' THEN :busyPartition ELSE s.partition END AS partition,
         CASE :kind WHEN 'DEPOSITS' THEN s.funding WHEN 'FROM_BUSY' THEN :busyWallet ELSE s.wallet_id END AS sender,
         CASE :kind WHEN 'ORDINARY' THEN r.wallet_id WHEN 'TO_BUSY' THEN :busyWallet ELSE s.wallet_id END AS receiver,
         -- ORDINARY: whether the sender was paid in this round before, and whether the receiver paid.
         s.i >= :shift AS was_paid, s.i + :shift >= :wallets AS has_paid,
         CASE WHEN :kind = 'FROM_BUSY' THEN s.i - s.leaf ELSE s.place - s.leaf END AS events_before
    FROM fill_wallets s JOIN fill_wallets r ON r.i = (s.i + :shift) % :wallets
   WHERE s.i < :steps
), told AS (
  SELECT *, (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(leaf), 3, '0') || '8' || substr(md5(k::text), 1, 15))::uuid AS id,
         md5('key ' || k)::uuid::text AS key,
         CASE WHEN :kind = 'DEPOSITS' THEN 'DEPOSIT' ELSE 'PAYMENT' END AS kind, (:amount * 10000)::bigint AS ten_thousandths,
         CASE :kind WHEN 'DEPOSITS' THEN -:amount * (place + 1)
              WHEN 'ORDINARY' THEN :walletBalance - CASE WHEN was_paid THEN 0 ELSE :amount END
              WHEN 'TO_BUSY' THEN :walletBalance - :amount
              ELSE :busyBalance - :amount * (i + 1) END::numeric(19,4) AS sender_balance,
         CASE :kind WHEN 'DEPOSITS' THEN place + 1
              WHEN 'ORDINARY' THEN :walletEntries + CASE WHEN was_paid THEN 2 ELSE 1 END
              WHEN 'TO_BUSY' THEN :walletEntries + 1
              ELSE :busyEntries + i + 1 END AS sender_entry,
         CASE :kind WHEN 'DEPOSITS' THEN :amount
              WHEN 'ORDINARY' THEN :walletBalance + CASE WHEN has_paid THEN 0 ELSE :amount END
              WHEN 'TO_BUSY' THEN :busyBalance + :amount * (i + 1)
              ELSE :walletBalance + :amount END::numeric(19,4) AS receiver_balance,
         CASE :kind WHEN 'DEPOSITS' THEN 1
              WHEN 'ORDINARY' THEN :walletEntries + CASE WHEN has_paid THEN 2 ELSE 1 END
              WHEN 'TO_BUSY' THEN :busyEntries + i + 1
              ELSE :walletEntries + 1 END AS receiver_entry
    FROM step
), one AS MATERIALIZED (
  SELECT *, substring(sha256(convert_to(:caller, 'UTF8') || '\\x00'::bytea || convert_to(key, 'UTF8')) FOR 16) AS key_digest,
         substring(sha256(convert_to('["' || kind || '",' || CASE kind WHEN 'DEPOSIT' THEN 'null' ELSE '"' || sender || '"' END || ',"'
           || receiver || '","' || ten_thousandths || '","' || :currency || '",null,null,null]', 'UTF8')) FOR 16) AS request_hash
    FROM told
), keyed AS (
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
  SELECT encode(key_digest, 'hex')::uuid, id, encode(request_hash, 'hex')::uuid, 'TRANSACTION' FROM one
), written AS (
  INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
    amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, partition, worker_id,
    batch_seq, initiated_at, processing_at, created_at)
  SELECT id, kind::transaction_kind, 'SUCCESS', :caller, key, encode(request_hash, 'hex')::uuid, sender, receiver,
         :amount, :currency, sender_balance, sender_entry, receiver_balance, receiver_entry, partition, :workerId,
         seq, to_timestamp((ms - 3) / 1000.0), to_timestamp((ms - 2) / 1000.0), to_timestamp(ms / 1000.0)
    FROM one
), sealed AS (
  SELECT seq, ms, partition, min(events_before) AS events_before, min(size) AS size, min(kind) AS kind, array_agg(id ORDER BY leaf) AS ids,
         array_agg(sha256('\\x00'::bytea || convert_to('T|' || id || '|' || kind || '|' || sender || '|' || receiver || '|' || ten_thousandths || '|'
           || :currency || '|SUCCESS||' || encode(key_digest, 'hex') || '|' || encode(request_hash, 'hex') || '|||' || partition || '|' || (ms - 3) || '|'
           || (ms - 2) || '|', 'UTF8')) ORDER BY leaf) AS leaves,
         string_agg(id || ',' || sender_balance || ',' || sender_entry || ',' || receiver_balance || ',' || receiver_entry, ';' ORDER BY leaf) AS decided
    FROM one GROUP BY seq, ms, partition
), numbered AS (
  SELECT *, 1 + events_before + CASE WHEN partition = :busyPartition THEN :busyRounds * :wallets ELSE 0 END
           + :ownRounds * CASE WHEN :kind = 'FROM_BUSY'
               THEN (SELECT count(*) FROM fill_wallets WHERE partition = :busyPartition) ELSE size END AS event_first
    FROM sealed
)
INSERT INTO fill_batches (seq, ids, amount, kind, root, digest, created_ms, partition, event_first)
SELECT seq, ids, :amount, kind, fill_merkle(leaves),
       sha256(convert_to(decided || '@' || ms || '@' || partition || ':' || event_first, 'UTF8')), ms, partition, event_first
  FROM numbered`;

/** $1 engine, $2 currency, $3 a latency histogram in which a batch's count replaces its only 1. */
export const chainBatches = `
  WITH RECURSIVE chained (seq, head) AS (
    SELECT 0::bigint, decode(repeat('00', 32), 'hex')
    UNION ALL
    SELECT b.seq, sha256(c.head || int8send(b.seq) || b.root || b.digest) FROM chained c JOIN fill_batches b ON b.seq = c.seq + 1
  ), written AS (
    INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at,
      leaf_version, event_partitions, event_first_sequences)
    SELECT $1::uuid, b.seq, b.ids,
           jsonb_build_object('succeeded', n, 'failed', 0, 'failuresByCode', '{}'::jsonb, 'countByKind', jsonb_build_object(b.kind, n),
             'countByCurrency', jsonb_build_object($2::text, n), 'sumByCurrency', jsonb_build_object($2::text, (n * b.amount * 10000)::bigint::text)),
           array_replace($3::int[], 1, n), b.root, b.digest, c.head, to_timestamp(b.created_ms / 1000.0), 2, ARRAY[b.partition],
           ARRAY[b.event_first]
      FROM chained c JOIN fill_batches b USING (seq), LATERAL (SELECT cardinality(b.ids) AS n) AS counted
  )
  UPDATE engine_workers
     SET batch_seq = (SELECT max(seq) FROM chained), head_hash = (SELECT head FROM chained ORDER BY seq DESC LIMIT 1),
         event_sequences = (SELECT array_agg(coalesce(last, 0) ORDER BY p.id)
                              FROM partitions p LEFT JOIN (SELECT partition, max(event_first + cardinality(ids) - 1) AS last
                                                             FROM fill_batches GROUP BY partition) b ON b.partition = p.id)
   WHERE worker_id = $1`;

/** What every wallet has after the last round, from what it had before that. */
export const finishWallets = `
  UPDATE wallets w SET balance = f.balance, entry_no = f.entries, version = f.entries, updated_at = to_timestamp(:lastMs / 1000.0)
    FROM (SELECT wallet_id, :walletEntries + paid + got AS entries, :walletBalance + (got - paid) * :amount AS balance
            FROM (SELECT wallet_id, (:kind IN ('ORDINARY', 'TO_BUSY') AND i < :steps)::int AS paid,
                         CASE :kind WHEN 'ORDINARY' THEN ((i - :shift + :wallets) % :wallets < :steps)::int
                                    WHEN 'TO_BUSY' THEN 0 ELSE (i < :steps)::int END AS got
                    FROM fill_wallets) one
          UNION ALL
          SELECT :busyWallet, :busyEntries + CASE WHEN :kind IN ('TO_BUSY', 'FROM_BUSY') THEN :steps ELSE 0 END,
                 :busyBalance + :amount * CASE :kind WHEN 'TO_BUSY' THEN :steps WHEN 'FROM_BUSY' THEN -:steps ELSE 0 END
          UNION ALL
          SELECT funding, count(*), -count(*) * :seed FROM fill_wallets GROUP BY funding) f
   WHERE w.wallet_id = f.wallet_id`;
