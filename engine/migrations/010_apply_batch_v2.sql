-- Up Migration

-- Commits one batch of an engine, whole or not at all. Called in autocommit, never inside a longer transaction.
--
-- Raises, and has then written nothing:
--   SW003  the engine's row is not at p_seq - 1
--   SW001  partitions have a newer epoch (DETAIL: JSON array of them)
--   SW005  keys are known (DETAIL: JSON array of their digests); found before anything is written
--   SW004  p_not_after_ms is over, by the database's clock, or the call waited past p_created_max_ms
--   SW002  wallets failed their guards (DETAIL: JSON array of the ids of all that failed)
--   SW006  the batch contradicts itself: an engine's bug
--   23505  on idempotency_keys_pkey: a key became known meanwhile; the next call says which
-- Locks are taken in one order, here and in apply_batch: the engine's row, keys by digest, wallets by id.
--
-- merkle_root is over the texts below, in this order (leaves and nodes as in version 1); the engine computes it, and the audit
-- computes it again from the tables:
--   each transaction: T|id|kind|sender|receiver|amount|currency|status|failure code|key digest|request hash|metadata hash|
--                     parent|partition|initiated|processing|failure reason
--   each change:      C|change id|partition|wallet|from|to|place|JSON array [caller, reason]
-- Nothing stands for null; ids as uuids with dashes, digests in 32 hex digits, the amount in ten-thousandths, times in ms; a
-- payment of an atomic batch has the batch's key digest; the metadata's hash is SHA-256 over their canonical JSON, in hex.
-- digest is over `id,sender balance,sender entry,receiver balance,receiver entry` of each transaction (nulls left out) joined by
-- `;`, then `@`, created_at in ms, `@`, and `partition:first event` joined by `,`.
--
-- The planner must not depend on statistics here: on tables that were never analyzed it would scan all wallets. So scans are
-- switched off, and `= ANY (ARRAY[…])`, which no join but a nested loop can use, leaves the primary key as the only way to find
-- a wallet. Array elements by their places (`x[ix]`) are read for half of what `unnest` of twenty arrays costs. Each SET costs
-- every call: there are no more than needed.
CREATE FUNCTION apply_batch_v2(
  p_worker_id uuid, p_seq bigint,
  -- the latest time, by the database's clock, at which this may be committed
  p_not_after_ms bigint,
  -- the engine's estimate of the database's time, and 2 s: no later time is written (null: no bound)
  p_created_max_ms bigint,
  -- the partitions the commands belong to, and the epochs at which the engine holds them
  p_partitions smallint[], p_epochs bigint[],
  -- the keys of all commands, sorted by digest, and what each names: a transaction's id, an atomic batch's (that of its first
  -- transaction), a change's
  k_digest uuid[], k_request_hash uuid[], k_kind key_outcome[], k_outcome uuid[],
  -- touched wallets, sorted by id: net change, deepest dip of the balance on the way (0 or below), number of entries, status
  -- before and after
  w_id uuid[], w_delta numeric[], w_dip numeric[], w_entries int[], w_status_from wallet_status[], w_status_to wallet_status[],
  -- transactions in leaf order; t_key of an atomic batch's is the batch's key. t_sender_ix and t_receiver_ix point into the touched
  -- wallets (from 1; NULL: no entry). *_later: what later transactions of the batch add to the balance, *_later_entries: how
  -- many entries follow. t_failure_ix points into the failures (from 1; NULL: succeeded).
  t_id uuid[], t_kind transaction_kind[], t_caller text[], t_key text[], t_request_hash uuid[],
  t_sender uuid[], t_receiver uuid[], t_amount numeric[], t_currency text[],
  t_sender_ix int[], t_sender_later numeric[], t_sender_later_entries int[],
  t_receiver_ix int[], t_receiver_later numeric[], t_receiver_later_entries int[],
  t_reference text[], t_description text[], t_metadata jsonb[], t_parent uuid[], t_partition smallint[], t_initiated_ms bigint[],
  t_failure_ix int[],
  p_processing_ms bigint,
  f_code text[], f_reason text[], f_category text[],
  -- atomic batches: the place of the first transaction (from 1), and how many they are
  b_first int[], b_count int[],
  -- changes of status in order, as ledger_batches keeps them (null: none). One that finds the wallet so already has the same
  -- status from and to: its wallet is not touched by it, it is written to the audit log and is no event.
  p_changes jsonb,
  p_figures jsonb, p_latency_bounds_ms int[], p_merkle_root bytea,
  -- clock_ms: the database's time
  OUT created_ms bigint, OUT latency int[], OUT clock_ms bigint
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
  v_known jsonb;
  v_lost smallint[];
  v_head bytea;
  v_sequences bigint[];
  v_balance numeric[];
  v_entry_no bigint[];
  v_locked int;
  v_entries bigint;
  v_unbalanced bigint;
  v_moving bigint;
  v_batched int := 0;
  v_max timestamptz := to_timestamp(p_created_max_ms / 1000.0);
  v_at timestamptz(3);
  v_earliest timestamptz(3);
  v_now timestamptz;
  v_change_count int := 0;
  v_event_partitions smallint[];
  v_event_counts int[];
  v_event_firsts bigint[] := '{}';
  v_event_text text[] := '{}';
  v_digest bytea;
  v_processing_at timestamptz(3) := to_timestamp(p_processing_ms / 1000.0);
  v_bounds bigint[] := p_latency_bounds_ms;
BEGIN
  -- 1. The fence. The engine's own row is locked first, and nothing else; the partitions are a plain read, after it.
  SELECT head_hash, event_sequences INTO v_head, v_sequences FROM engine_workers
   WHERE worker_id = ANY (ARRAY[p_worker_id]) AND batch_seq = p_seq - 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'engine % is not at batch %', p_worker_id, p_seq - 1 USING ERRCODE = 'SW003';
  END IF;
  -- 2. So are the known keys, in the same look (a statement costs a small call more than what it reads): a replayed key costs
  -- that look and no dead rows.
  SELECT (SELECT array_agg(held.id)
            FROM unnest(p_partitions, p_epochs) AS held (id, epoch)
           WHERE NOT EXISTS (SELECT FROM partitions p
                              WHERE p.id = ANY (ARRAY[held.id]) AND p.epoch = held.epoch AND p.worker_id = p_worker_id)),
         (SELECT jsonb_agg(key_digest) FROM idempotency_keys WHERE key_digest = ANY (k_digest))
    INTO v_lost, v_known;
  IF v_lost IS NOT NULL THEN
    RAISE EXCEPTION 'partitions lost: %', v_lost USING ERRCODE = 'SW001', DETAIL = to_jsonb(v_lost)::text;
  END IF;
  IF v_known IS NOT NULL THEN
    RAISE EXCEPTION 'keys are known' USING ERRCODE = 'SW005', DETAIL = v_known::text;
  END IF;
  IF p_not_after_ms IS NULL OR clock_timestamp() > to_timestamp(p_not_after_ms / 1000.0) THEN
    RAISE EXCEPTION 'too late: not after %', to_timestamp(p_not_after_ms / 1000.0) USING ERRCODE = 'SW004';
  END IF;

  -- 3. The keys: every transaction of its own, every atomic batch and every change has one. The unique index settles races.
  IF cardinality(b_count) > 0 THEN
    v_batched := (SELECT sum(n) FROM unnest(b_count) AS n);
  END IF;
  IF p_changes IS NOT NULL THEN
    v_change_count := jsonb_array_length(p_changes);
  END IF;
  IF cardinality(k_digest) <> cardinality(t_id) - v_batched + cardinality(b_first) + v_change_count THEN
    RAISE EXCEPTION 'the keys are not those of the batch' USING ERRCODE = 'SW006';
  END IF;
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
    SELECT k_digest[ix], k_outcome[ix], k_request_hash[ix], k_kind[ix] FROM generate_series(1, cardinality(k_digest)) AS ix;
  IF v_batched > 0 THEN
    t_key := record_atomic_batches(b_first, b_count, t_id, t_caller, t_key, t_request_hash);
  END IF;

  -- 4. Every touched wallet once, guards in the WHERE. Each row's time is read when it is locked.
  WITH touched AS (
    UPDATE wallets w
       SET balance = w.balance + w_delta[ix], entry_no = w.entry_no + w_entries[ix], version = w.version + 1,
           status = w_status_to[ix], updated_at = greatest(w.updated_at, least(clock_timestamp(), v_max))
      FROM generate_series(1, cardinality(w_id)) AS ix
     WHERE w.wallet_id = ANY (ARRAY[w_id[ix]])
       AND w.status = w_status_from[ix]
       AND (w.floor IS NULL OR w_dip[ix] = 0 OR w.balance - w.held + w_dip[ix] >= w.floor)
       AND abs(w.balance + w_delta[ix]) < CASE w.kind WHEN 'FUNDING' THEN 1e24 ELSE 1e15 END
       AND (w_status_to[ix] <> 'CLOSED' OR (w.balance + w_delta[ix] = 0 AND w.held = 0))
    RETURNING ix, w.balance, w.entry_no, w.updated_at, w.currency, w_delta[ix] AS delta, w_entries[ix] AS entries
  )
  SELECT array_agg(balance ORDER BY ix), array_agg(entry_no ORDER BY ix), count(*), max(updated_at), min(updated_at),
         coalesce(sum(entries), 0), (SELECT count(*) FROM (SELECT FROM touched GROUP BY currency HAVING sum(delta) <> 0) u)
    INTO v_balance, v_entry_no, v_locked, v_at, v_earliest, v_entries, v_unbalanced FROM touched;
  IF v_locked <> coalesce(cardinality(w_id), 0) THEN
    RAISE EXCEPTION 'wallets failed their guards' USING ERRCODE = 'SW002', DETAIL = (
      SELECT jsonb_agg(t.wallet_id)
        FROM unnest(w_id, w_delta, w_dip, w_status_from, w_status_to) AS t (wallet_id, delta, dip, status_from, status_to)
       WHERE NOT EXISTS (
         SELECT FROM wallets w WHERE w.wallet_id = ANY (ARRAY[t.wallet_id]) AND w.xmin::text = pg_current_xact_id()::xid::text
       ))::text;
  END IF;
  IF v_unbalanced > 0 THEN
    RAISE EXCEPTION 'the batch makes or loses money' USING ERRCODE = 'SW006';
  END IF;

  -- 5. A call that waited for so long that its bound is behind the clock could write less than what stands there: once more, with
  -- a newer bound. (So is one in the middle of which the clock was set ahead.)
  IF v_max < clock_timestamp() AND clock_timestamp() - statement_timestamp() > interval '1500 ms' THEN
    RAISE EXCEPTION 'too late: waited since %', statement_timestamp() USING ERRCODE = 'SW004';
  END IF;
  -- One time for all, read with every row locked: time runs with entry order. Rows that it is ahead of take it too, where the
  -- next call could write less: when the clock was set back, or is bound, or they waited long for each other.
  v_now := least(clock_timestamp(), v_max);
  v_at := coalesce(v_at, v_now);
  IF v_earliest < v_at
     AND (v_at - v_earliest > interval '250 ms' OR v_at > v_now + interval '1 ms' OR v_max < clock_timestamp()) THEN
    UPDATE wallets SET updated_at = v_at WHERE wallet_id = ANY (w_id);
  END IF;
  created_ms := floor(extract(epoch FROM v_at) * 1000)::bigint;

  -- 6. The latency histogram: bucket b holds latencies below bound b and not below the one before.
  WITH counted AS MATERIALIZED (
    SELECT width_bucket(created_ms - ms, v_bounds) AS bucket, count(*)::int AS n FROM unnest(t_initiated_ms) AS ms GROUP BY 1
  )
  SELECT array_agg(coalesce((SELECT n FROM counted c WHERE c.bucket = b), 0) ORDER BY b)
    INTO latency FROM generate_series(0, cardinality(p_latency_bounds_ms)) AS b;

  -- 7. The partitions' events are counted on. None is of a partition that the fence did not look at.
  IF cardinality(p_partitions) = 1 AND p_changes IS NULL AND cardinality(t_id) > 0 AND p_partitions[1] = ALL (t_partition) THEN
    v_event_partitions := p_partitions;
    v_event_counts := ARRAY[cardinality(t_id)];
  ELSE
    SELECT array_agg(partition ORDER BY partition), array_agg(n ORDER BY partition) INTO v_event_partitions, v_event_counts
      FROM (SELECT partition, count(*) FILTER (WHERE counts)::int AS n
              FROM (SELECT unnest(t_partition) AS partition, true AS counts
                    UNION ALL
                    SELECT (c->>'partition')::smallint, c->'from' <> c->'to' FROM jsonb_array_elements(p_changes) AS c) event
             GROUP BY 1 HAVING bool_or(counts)) counted;
    IF NOT v_event_partitions <@ p_partitions THEN
      RAISE EXCEPTION 'something is of a partition that is not held' USING ERRCODE = 'SW006';
    END IF;
  END IF;
  FOR i IN 1 .. coalesce(cardinality(v_event_partitions), 0) LOOP
    v_event_firsts[i] := coalesce(v_sequences[v_event_partitions[i] + 1], 0) + 1;
    v_sequences[v_event_partitions[i] + 1] := v_event_firsts[i] + v_event_counts[i] - 1;
    v_event_text[i] := v_event_partitions[i] || ':' || v_event_firsts[i];
  END LOOP;

  -- 8. The ledger pairs, the failures, the changes.
  INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id,
      receiver_wallet_id, amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after,
      receiver_entry_no, failure_code, failure_reason, reference, description, metadata, parent_transaction_id, partition,
      worker_id, batch_seq, initiated_at, processing_at, created_at)
    SELECT t_id[ix], t_kind[ix], CASE WHEN t_failure_ix[ix] IS NULL THEN 'SUCCESS'::transaction_status ELSE 'FAILED' END,
           t_caller[ix], t_key[ix], t_request_hash[ix], t_sender[ix], t_receiver[ix], t_amount[ix], t_currency[ix],
           v_balance[t_sender_ix[ix]] - t_sender_later[ix], v_entry_no[t_sender_ix[ix]] - t_sender_later_entries[ix],
           v_balance[t_receiver_ix[ix]] - t_receiver_later[ix], v_entry_no[t_receiver_ix[ix]] - t_receiver_later_entries[ix],
           f_code[t_failure_ix[ix]], f_reason[t_failure_ix[ix]], t_reference[ix], t_description[ix], t_metadata[ix], t_parent[ix],
           t_partition[ix], p_worker_id, p_seq, to_timestamp(t_initiated_ms[ix] / 1000.0::float8), v_processing_at, v_at
      FROM generate_series(1, cardinality(t_id)) AS ix;
  SELECT sha256(convert_to(coalesce(string_agg(concat_ws(',', t_id[ix],
             v_balance[t_sender_ix[ix]] - t_sender_later[ix], v_entry_no[t_sender_ix[ix]] - t_sender_later_entries[ix],
             v_balance[t_receiver_ix[ix]] - t_receiver_later[ix], v_entry_no[t_receiver_ix[ix]] - t_receiver_later_entries[ix]),
             ';' ORDER BY ix), '') || '@' || created_ms || '@' || array_to_string(v_event_text, ','), 'UTF8')),
         count(*) FILTER (WHERE t_failure_ix[ix] IS NULL AND t_kind[ix] NOT IN ('HOLD', 'VOID', 'EXPIRY'))
    INTO v_digest, v_moving FROM generate_series(1, cardinality(t_id)) AS ix;
  IF v_entries <> 2 * v_moving THEN
    RAISE EXCEPTION '% entries for % transactions that move money', v_entries, v_moving USING ERRCODE = 'SW006';
  END IF;
  IF cardinality(f_code) > 0 THEN
    INSERT INTO transaction_failures (transaction_id, failure_code, category, created_at)
      SELECT t.id, f_code[t.failure_ix], f_category[t.failure_ix], v_at
        FROM unnest(t_id, t_failure_ix) AS t (id, failure_ix) WHERE t.failure_ix IS NOT NULL;
  END IF;
  IF p_changes IS NOT NULL THEN
    INSERT INTO audit_log (at, caller, action, subject, detail, change_id)
      SELECT v_at, c->>'caller', CASE WHEN c->'from' = c->'to' THEN 'WALLET_STATUS_KEPT' ELSE 'WALLET_STATUS_CHANGED' END,
             c->>'walletId', jsonb_build_object('from', c->'from', 'to', c->'to', 'reason', c->'reason'), (c->>'changeId')::uuid
        FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS change (c, ix) ORDER BY ix;
  END IF;

  -- 9. The batch row, chained to the engine's last one.
  v_head := sha256(v_head || int8send(p_seq) || p_merkle_root || v_digest);
  UPDATE engine_workers SET batch_seq = p_seq, head_hash = v_head, event_sequences = v_sequences
   WHERE worker_id = ANY (ARRAY[p_worker_id]);
  INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash,
    created_at, leaf_version, event_partitions, event_first_sequences, changes)
  VALUES (p_worker_id, p_seq, t_id, p_figures, latency, p_merkle_root, v_digest, v_head,
    v_at, 2, coalesce(v_event_partitions, '{}'), v_event_firsts, p_changes);
  clock_ms := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
END $$;

-- Writes down what the keys of a call's atomic batches name, and returns what its transactions carry as theirs: the batch's key and
-- their place, `K #0`, `K #1` …, which no caller can send, for a key has no space. They are in no index of keys.
-- While an engine that calls apply_batch owns partitions, it may be asked for these payments again, and finds the first answer by
-- keys of their own (K#0, K#1 …): then they have those too, and carry them. K alone keeps a batch from being made twice.
CREATE FUNCTION record_atomic_batches(b_first int[], b_count int[], t_id uuid[], t_caller text[], t_key text[], t_request_hash uuid[])
RETURNS text[] LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_items_keyed boolean := EXISTS (SELECT FROM partitions JOIN engine_workers USING (worker_id) WHERE protocol = 1);
  v_key text;
BEGIN
  INSERT INTO atomic_batches (atomic_batch_id, caller, idempotency_key, request_hash, transaction_ids, items_keyed)
    SELECT t_id[first], t_caller[first], t_key[first], t_request_hash[first], t_id[first : first + count - 1], v_items_keyed
      FROM unnest(b_first, b_count) AS b (first, count);
  FOR b IN 1 .. cardinality(b_first) LOOP
    v_key := t_key[b_first[b]] || CASE WHEN v_items_keyed THEN '#' ELSE ' #' END;
    FOR place IN 0 .. b_count[b] - 1 LOOP
      t_key[b_first[b] + place] := v_key || place;
    END LOOP;
  END LOOP;
  IF v_items_keyed THEN
    INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
      SELECT key_digest_of(t_caller[ix], t_key[ix]), t_id[ix], t_request_hash[ix], 'TRANSACTION'
        FROM unnest(b_first, b_count) AS b (first, count), generate_series(first, first + count - 1) AS ix
       ORDER BY 1 ON CONFLICT (key_digest) DO NOTHING;
  END IF;
  RETURN t_key;
END $$;

REVOKE EXECUTE ON FUNCTION apply_batch_v2, record_atomic_batches FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apply_batch_v2 TO wallet_engine;
