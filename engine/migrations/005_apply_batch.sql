-- Up Migration

-- Commits one batch of a worker, whole or not at all. Called in autocommit, never inside a longer transaction.
--
-- Raises SW001 when a partition has a newer epoch (DETAIL: JSON array of the partitions lost); SW002 when wallets failed
-- their guards (DETAIL: JSON array of the ids of all that failed); SW003 when the worker's row is not at p_seq - 1; 23505 on
-- idempotency_keys when a key is known.
--
-- The planner must not depend on statistics here: on tables that were never analyzed it would scan all wallets. So scans
-- and other joins are switched off, and `= ANY (ARRAY[…])` leaves the primary key as the only way to find a wallet.
CREATE FUNCTION apply_batch(
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
BEGIN
  -- 1. The fence. The worker's own row is the only lock; the partitions are a plain read, after it.
  UPDATE engine_workers SET batch_seq = p_seq
   WHERE worker_id = ANY (ARRAY[p_worker_id]) AND batch_seq = p_seq - 1
   RETURNING head_hash INTO v_head;
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

  -- 2. Every touched wallet once, guards in the WHERE. Each row's time is read when it is locked.
  WITH touched AS (
    UPDATE wallets w
       SET balance = w.balance + t.delta, entry_no = w.entry_no + t.entries, version = w.version + 1,
           status = t.status_to, updated_at = greatest(w.updated_at, clock_timestamp())
      FROM unnest(w_id, w_delta, w_dip, w_entries, w_status_from, w_status_to) WITH ORDINALITY
           AS t (wallet_id, delta, dip, entries, status_from, status_to, ix)
     WHERE w.wallet_id = ANY (ARRAY[t.wallet_id])
       AND w.status = t.status_from
       AND (w.floor IS NULL OR t.dip = 0 OR w.balance - w.held + t.dip >= w.floor)
       AND abs(w.balance + t.delta) < 1000000000000000
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

  -- 3. One time for all, read with every row locked: time runs with entry order.
  v_at := coalesce(v_at, clock_timestamp());
  -- The clock may have been set back since one of them was written: then all take its time, or the next entry of another
  -- would be older than this one.
  IF v_at - v_earliest > interval '1 second' THEN
    UPDATE wallets SET updated_at = v_at WHERE wallet_id = ANY (w_id);
  END IF;
  created_ms := floor(extract(epoch FROM v_at) * 1000)::bigint;

  -- 4. The ledger pairs, the keys (in key order, so that two calls with the same keys wait in one order), the failures.
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
  ), keyed AS (
    INSERT INTO idempotency_keys (key_digest, transaction_id)
      SELECT p.key_digest, p.id FROM pair p ORDER BY p.key_digest
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
    INSERT INTO audit_log (at, caller, action, subject, detail)
      SELECT v_at, caller, 'WALLET_STATUS_CHANGED', wallet, detail FROM unnest(a_caller, a_wallet, a_detail) AS a (caller, wallet, detail);
  END IF;

  -- 5. The batch row, chained to the worker's last one.
  v_head := sha256(v_head || int8send(p_seq) || p_merkle_root || v_digest);
  UPDATE engine_workers SET head_hash = v_head WHERE worker_id = ANY (ARRAY[p_worker_id]);
  INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at)
  VALUES (p_worker_id, p_seq, t_id, p_figures, latency, p_merkle_root, v_digest, v_head, v_at);
END $$;

REVOKE EXECUTE ON FUNCTION apply_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apply_batch TO wallet_engine;
