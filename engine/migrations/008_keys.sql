-- Up Migration

-- A key names one thing: a transaction, an atomic batch, a wallet, a change of status or an approval. Old programs read
-- `transaction_id`, which is the outcome's id under its old name; an atomic batch has the id of its first payment, so that they
-- find a transaction with another request's hash under it. Nothing is rewritten.
SET LOCAL lock_timeout = '3s';
LOCK TABLE engine_workers, idempotency_keys IN ACCESS EXCLUSIVE MODE;

CREATE TYPE key_outcome AS ENUM ('TRANSACTION', 'ATOMIC_BATCH', 'WALLET', 'CHANGE', 'APPROVAL');
ALTER TABLE idempotency_keys RENAME COLUMN transaction_id TO outcome_id;
ALTER TABLE idempotency_keys
  -- null: of a transaction recorded before keys had it, which has it itself
  ADD COLUMN request_hash uuid,
  ADD COLUMN outcome_kind key_outcome NOT NULL DEFAULT 'TRANSACTION',
  ADD COLUMN transaction_id uuid GENERATED ALWAYS AS (outcome_id) VIRTUAL;

-- What the key of an atomic batch names.
CREATE TABLE atomic_batches (
  -- that of its first payment
  atomic_batch_id uuid PRIMARY KEY,
  caller          text NOT NULL,
  idempotency_key text NOT NULL,
  request_hash    uuid NOT NULL,
  -- its payments in order
  transaction_ids uuid[] NOT NULL,
  -- its payments have the keys K#0, K#1 … of their own, as old programs read them
  items_keyed     boolean NOT NULL
);
GRANT SELECT ON atomic_batches TO wallet_engine, wallet_gateway, wallet_audit;

-- 16 bytes of SHA-256 over caller, U+0000, key.
CREATE FUNCTION key_digest_of(caller text, key text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(caller, 'UTF8') || '\x00'::bytea || convert_to(key, 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- First 4 bytes of SHA-256 over the id's 16, big endian, modulo the number of partitions.
CREATE FUNCTION partition_of(wallet_id uuid) RETURNS smallint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ((get_byte(h, 0)::bigint << 24 | get_byte(h, 1) << 16 | get_byte(h, 2) << 8 | get_byte(h, 3))
          % (SELECT count(*) FROM public.partitions))::smallint
    FROM sha256(uuid_send(wallet_id)) AS h
$$;

-- As the programs write it, but for numbers that a double prints otherwise (1e+21).
CREATE FUNCTION canonical_json(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE jsonb_typeof(value)
    WHEN 'object' THEN
      '{' || coalesce((SELECT string_agg(to_json(e.key)::text || ':' || public.canonical_json(e.value), ',' ORDER BY e.key COLLATE "C")
                         FROM jsonb_each(value) e), '') || '}'
    WHEN 'array' THEN
      '[' || coalesce((SELECT string_agg(public.canonical_json(e), ',' ORDER BY ix)
                         FROM jsonb_array_elements(value) WITH ORDINALITY AS a (e, ix)), '') || ']'
    ELSE value::text END;
END $$;

-- The hash that the request of a single transfer has.
CREATE FUNCTION transfer_request_hash(kind transaction_kind, sender uuid, receiver uuid, amount numeric, currency text,
  reference text, description text, metadata jsonb) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT encode(substring(sha256(convert_to('[' || concat_ws(',', to_json(kind::text),
           CASE WHEN kind = 'DEPOSIT' THEN 'null' ELSE to_json(sender::text)::text END,
           CASE WHEN kind = 'WITHDRAWAL' THEN 'null' ELSE to_json(receiver::text)::text END,
           to_json((amount * 10000)::bigint::text), to_json(currency), coalesce(to_json(reference)::text, 'null'),
           coalesce(to_json(description)::text, 'null'), coalesce(to_json(public.canonical_json(metadata))::text, 'null')) || ']',
           'UTF8')) FOR 16), 'hex')::uuid
$$;

-- The atomic batches among transactions with keys of the old form: those with keys K#0, K#1 … and one request hash, unless
-- the first carries its own request's hash: then somebody chose such a key for a single payment.
CREATE FUNCTION atomic_batches_among(t_id uuid[], t_kind transaction_kind[], t_caller text[], t_key text[], t_request_hash uuid[],
  t_sender uuid[], t_receiver uuid[], t_amount numeric[], t_currency text[], t_reference text[], t_description text[],
  t_metadata jsonb[])
RETURNS TABLE (caller text, key text, request_hash uuid, transaction_ids uuid[]) LANGUAGE sql STABLE AS $$
  WITH item AS MATERIALIZED (
    SELECT t.*, form[1] AS batch_key, form[2]::int AS place
      FROM unnest(t_id, t_kind, t_caller, t_key, t_request_hash, t_sender, t_receiver, t_amount, t_currency, t_reference,
                  t_description, t_metadata)
           AS t (id, kind, caller, key, request_hash, sender, receiver, amount, currency, reference, description, metadata),
           regexp_match(t.key, '^(.+)#(0|[1-9][0-9]{0,3})$') AS form
     WHERE form IS NOT NULL
  )
  SELECT i.caller, i.batch_key, i.request_hash, array_agg(i.id ORDER BY i.place)
    FROM item i
   GROUP BY i.caller, i.batch_key, i.request_hash
  HAVING bool_or(i.place = 0 AND i.request_hash <> public.transfer_request_hash(i.kind, i.sender, i.receiver, i.amount, i.currency,
                                                     i.reference, i.description, i.metadata))
$$;

REVOKE EXECUTE ON FUNCTION key_digest_of, partition_of, canonical_json, transfer_request_hash, atomic_batches_among FROM PUBLIC;

-- What engines of before call, with its signature: it also reserves the keys of atomic batches, counts events, and gives
-- funding wallets their own limit.
CREATE OR REPLACE FUNCTION apply_batch(
  p_worker_id uuid, p_seq bigint,
  -- the partitions the commands belong to, and the epochs at which the worker holds them
  p_partitions smallint[], p_epochs bigint[],
  -- touched wallets, sorted by id (so that concurrent calls lock in one order): net change, deepest dip of the balance
  -- on the way (0 or below), number of entries, status before and after
  w_id uuid[], w_delta numeric[], w_dip numeric[], w_entries int[], w_status_from wallet_status[], w_status_to wallet_status[],
  -- transactions in leaf order. t_sender_ix and t_receiver_ix point into the touched wallets (from 1; NULL: no entry).
  -- *_later: what later transactions of the batch add to the balance, *_later_entries: how many entries follow.
  t_id uuid[], t_kind transaction_kind[], t_status transaction_status[], t_key_digest uuid[], t_caller text[], t_key text[],
  t_request_hash uuid[], t_sender uuid[], t_receiver uuid[], t_amount numeric[], t_currency text[],
  t_sender_ix int[], t_sender_later numeric[], t_sender_later_entries int[],
  t_receiver_ix int[], t_receiver_later numeric[], t_receiver_later_entries int[],
  t_reference text[], t_description text[], t_metadata jsonb[], t_partition smallint[], t_initiated_ms bigint[],
  -- points into the failures (from 1; NULL: succeeded)
  t_failure_ix int[],
  p_processing_ms bigint,
  f_code text[], f_reason text[], f_category text[],
  -- status changes: caller, wallet, detail
  a_caller text[], a_wallet text[], a_detail jsonb[],
  p_figures jsonb, p_latency_bounds_ms int[], p_merkle_root bytea,
  OUT created_ms bigint, OUT latency int[]
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  v_lost smallint[];
  v_head bytea;
  v_balance numeric[];
  v_entry_no bigint[];
  v_locked int;
  v_at timestamptz(3);
  v_earliest timestamptz(3);
  v_digest bytea;
  v_processing_at timestamptz(3) := to_timestamp(p_processing_ms / 1000.0);
  v_bounds bigint[] := p_latency_bounds_ms;
  v_sequences bigint[];
  v_changes jsonb;
  v_change_partitions smallint[];
  v_event_partitions smallint[];
  v_event_counts int[];
  v_event_firsts bigint[] := '{}';
  b_digest uuid[];
  b_id uuid[];
  b_caller text[];
  b_key text[];
  b_request_hash uuid[];
  b_transactions jsonb[];
BEGIN
  -- 1. The fence. The worker's own row is the only lock; the partitions are a plain read, after it.
  UPDATE engine_workers SET batch_seq = p_seq
   WHERE worker_id = ANY (ARRAY[p_worker_id]) AND batch_seq = p_seq - 1
   RETURNING head_hash, event_sequences INTO v_head, v_sequences;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % is not at batch %', p_worker_id, p_seq - 1 USING ERRCODE = 'SW003';
  END IF;
  SELECT array_agg(held.id) INTO v_lost
    FROM unnest(p_partitions, p_epochs) AS held (id, epoch)
   WHERE NOT EXISTS (SELECT FROM partitions p
                      WHERE p.id = ANY (ARRAY[held.id]) AND p.epoch = held.epoch AND p.worker_id = p_worker_id);
  IF v_lost IS NOT NULL THEN
    RAISE EXCEPTION 'partitions lost: %', v_lost USING ERRCODE = 'SW001', DETAIL = to_jsonb(v_lost)::text;
  END IF;

  -- 2. The keys, before the wallets and in key order: one order of locks for old calls and new ones. The payments of an atomic
  -- batch (keys K#0, K#1 …) reserve K too, so that nothing else can be made under it.
  IF EXISTS (SELECT FROM unnest(t_key) AS key WHERE key LIKE '%#0') THEN
    SELECT array_agg(key_digest_of(caller, key)), array_agg(transaction_ids[1]), array_agg(caller), array_agg(key),
           array_agg(request_hash), array_agg(to_jsonb(transaction_ids))
      INTO b_digest, b_id, b_caller, b_key, b_request_hash, b_transactions
      FROM atomic_batches_among(t_id, t_kind, t_caller, t_key, t_request_hash, t_sender, t_receiver, t_amount, t_currency,
                                t_reference, t_description, t_metadata);
  END IF;
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
    SELECT * FROM (
      SELECT t.digest, t.id, t.request_hash, 'TRANSACTION'::key_outcome
        FROM unnest(t_key_digest, t_id, t_request_hash) AS t (digest, id, request_hash)
      UNION ALL
      SELECT b.digest, b.id, b.request_hash, 'ATOMIC_BATCH'
        FROM unnest(b_digest, b_id, b_request_hash) AS b (digest, id, request_hash)
    ) keyed ORDER BY 1;
  IF b_id IS NOT NULL THEN
    INSERT INTO atomic_batches (atomic_batch_id, caller, idempotency_key, request_hash, transaction_ids, items_keyed)
      SELECT b.id, b.caller, b.key, b.request_hash, ARRAY(SELECT jsonb_array_elements_text(b.transactions)::uuid), true
        FROM unnest(b_id, b_caller, b_key, b_request_hash, b_transactions) AS b (id, caller, key, request_hash, transactions);
  END IF;

  -- 3. Every touched wallet once, guards in the WHERE. Each row's time is read when it is locked.
  WITH touched AS (
    UPDATE wallets w
       SET balance = w.balance + t.delta, entry_no = w.entry_no + t.entries, version = w.version + 1,
           status = t.status_to, updated_at = greatest(w.updated_at, clock_timestamp())
      FROM unnest(w_id, w_delta, w_dip, w_entries, w_status_from, w_status_to) WITH ORDINALITY
           AS t (wallet_id, delta, dip, entries, status_from, status_to, ix)
     WHERE w.wallet_id = ANY (ARRAY[t.wallet_id])
       AND w.status = t.status_from
       AND (w.floor IS NULL OR t.dip = 0 OR w.balance - w.held + t.dip >= w.floor)
       AND abs(w.balance + t.delta) < CASE w.kind WHEN 'FUNDING' THEN 1e24 ELSE 1e15 END
       AND (t.status_to <> 'CLOSED' OR (w.balance + t.delta = 0 AND w.held = 0))
    RETURNING t.ix, w.balance, w.entry_no, w.updated_at
  )
  SELECT array_agg(balance ORDER BY ix), array_agg(entry_no ORDER BY ix), count(*), max(updated_at), min(updated_at)
    INTO v_balance, v_entry_no, v_locked, v_at, v_earliest FROM touched;
  IF v_locked <> coalesce(cardinality(w_id), 0) THEN
    RAISE EXCEPTION 'wallets failed their guards' USING ERRCODE = 'SW002', DETAIL = (
      SELECT jsonb_agg(t.wallet_id)
        FROM unnest(w_id, w_delta, w_dip, w_status_from, w_status_to) AS t (wallet_id, delta, dip, status_from, status_to)
       WHERE NOT EXISTS (
         SELECT FROM wallets w WHERE w.wallet_id = ANY (ARRAY[t.wallet_id]) AND w.xmin::text = pg_current_xact_id()::xid::text
       ))::text;
  END IF;

  -- 4. One time for all, read with every row locked: time runs with entry order.
  v_at := coalesce(v_at, clock_timestamp());
  -- The clock may have been set back since one of them was written: then all take its time, or the next entry of another
  -- would be older than this one.
  IF v_at - v_earliest > interval '1 second' THEN
    UPDATE wallets SET updated_at = v_at WHERE wallet_id = ANY (w_id);
  END IF;
  created_ms := floor(extract(epoch FROM v_at) * 1000)::bigint;

  -- 5. The ledger pairs and the failures.
  WITH pair AS MATERIALIZED (
    SELECT t.*, v_balance[t.sender_ix] - t.sender_later AS sender_balance_after,
           v_entry_no[t.sender_ix] - t.sender_later_entries AS sender_entry_no,
           v_balance[t.receiver_ix] - t.receiver_later AS receiver_balance_after,
           v_entry_no[t.receiver_ix] - t.receiver_later_entries AS receiver_entry_no
      FROM unnest(t_id, t_kind, t_status, t_key_digest, t_caller, t_key, t_request_hash, t_sender, t_receiver, t_amount,
                  t_currency, t_sender_ix, t_sender_later, t_sender_later_entries, t_receiver_ix, t_receiver_later,
                  t_receiver_later_entries, t_reference, t_description, t_metadata, t_partition, t_initiated_ms, t_failure_ix)
           WITH ORDINALITY
           AS t (id, kind, status, key_digest, caller, key, request_hash, sender, receiver, amount,
                 currency, sender_ix, sender_later, sender_later_entries, receiver_ix, receiver_later,
                 receiver_later_entries, reference, description, metadata, partition, initiated_ms, failure_ix, ix)
  ), written AS (
    INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id,
        receiver_wallet_id, amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after,
        receiver_entry_no, failure_code, failure_reason, reference, description, metadata, partition, worker_id,
        batch_seq, initiated_at, processing_at, created_at)
      SELECT p.id, p.kind, p.status, p.caller, p.key, p.request_hash, p.sender, p.receiver, p.amount, p.currency,
             p.sender_balance_after, p.sender_entry_no, p.receiver_balance_after, p.receiver_entry_no,
             f_code[p.failure_ix], f_reason[p.failure_ix], p.reference, p.description, p.metadata, p.partition, p_worker_id, p_seq,
             to_timestamp(p.initiated_ms / 1000.0::float8), v_processing_at, v_at
        FROM pair p
  ), failed AS (
    INSERT INTO transaction_failures (transaction_id, failure_code, category, created_at)
      SELECT p.id, f_code[p.failure_ix], f_category[p.failure_ix], v_at FROM pair p WHERE p.failure_ix IS NOT NULL
  )
  SELECT sha256(convert_to(coalesce(string_agg(concat_ws(',', p.id, p.sender_balance_after, p.sender_entry_no,
             p.receiver_balance_after, p.receiver_entry_no), ';' ORDER BY p.ix), '')
           || '@' || created_ms, 'UTF8'))
    INTO v_digest FROM pair p;
  -- Bucket b holds latencies below bound b and not below the one before. (Counted first: joined to the buckets by a nested
  -- loop, it took half of the call.)
  WITH counted AS MATERIALIZED (
    SELECT width_bucket(created_ms - ms, v_bounds) AS bucket, count(*)::int AS n FROM unnest(t_initiated_ms) AS ms GROUP BY 1
  )
  SELECT array_agg(coalesce((SELECT n FROM counted c WHERE c.bucket = b), 0) ORDER BY b)
    INTO latency FROM generate_series(0, cardinality(p_latency_bounds_ms)) AS b;
  IF cardinality(a_wallet) > 0 THEN
    WITH change AS (
      INSERT INTO audit_log (at, caller, action, subject, detail, change_id)
        SELECT v_at, caller, 'WALLET_STATUS_CHANGED', wallet, detail, gen_random_uuid()
          FROM unnest(a_caller, a_wallet, a_detail) WITH ORDINALITY AS a (caller, wallet, detail, ix) ORDER BY ix
      RETURNING audit_id, caller, subject::uuid AS wallet_id, detail, change_id, partition_of(subject::uuid) AS partition
    )
    SELECT array_agg(partition), jsonb_agg(jsonb_build_object('changeId', change_id, 'partition', partition,
             'walletId', wallet_id, 'from', detail->'from', 'to', detail->'to', 'reason', detail->'reason', 'caller', caller,
             'place', cardinality(t_id)) ORDER BY audit_id)
      INTO v_change_partitions, v_changes FROM change;
  END IF;

  -- 6. The partitions' events are counted on.
  SELECT array_agg(partition ORDER BY partition), array_agg(n ORDER BY partition) INTO v_event_partitions, v_event_counts
    FROM (SELECT partition, count(*)::int AS n FROM unnest(t_partition || v_change_partitions) AS partition GROUP BY 1) counted;
  FOR i IN 1 .. coalesce(cardinality(v_event_partitions), 0) LOOP
    v_event_firsts[i] := coalesce(v_sequences[v_event_partitions[i] + 1], 0) + 1;
    v_sequences[v_event_partitions[i] + 1] := v_event_firsts[i] + v_event_counts[i] - 1;
  END LOOP;

  -- 7. The batch row, chained to the worker's last one.
  v_head := sha256(v_head || int8send(p_seq) || p_merkle_root || v_digest);
  UPDATE engine_workers SET head_hash = v_head, event_sequences = v_sequences WHERE worker_id = ANY (ARRAY[p_worker_id]);
  INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash,
    created_at, event_partitions, event_first_sequences, changes)
  VALUES (p_worker_id, p_seq, t_id, p_figures, latency, p_merkle_root, v_digest, v_head,
    v_at, coalesce(v_event_partitions, '{}'), v_event_firsts, v_changes);
END $$;
