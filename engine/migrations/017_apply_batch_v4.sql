-- Up Migration

-- As apply_batch_v3, and holds, refunds, limits and the counters of the day. Both may be called side by side, by different engines: they
-- take the same locks in the same order (then holds and refunds by id, which nobody but the partition's owner touches). Its batches
-- are sealed over these texts (leaf_version 3; 010 says what stands where):
--   each transaction: as in version 2, then |effective|released|expires
--   each change:      C|change id|partition|wallet|from|to|place|JSON array [caller, reason]; of limits, from and to are JSON objects
--                     {creditLimit, perPayment, dailyOut, dailyIn} in ten-thousandths, and |refusal's code follows
-- Called in autocommit, never inside a longer transaction.
--
-- Raises, and has then written nothing:
--   SW003  the engine's row is not at p_seq - 1
--   SW001  partitions have a newer epoch (DETAIL: JSON array of them)
--   SW005  keys are known (DETAIL: JSON array of their digests); found before anything is written
--   SW004  p_not_after_ms is over, by the database's clock, or the call waited past p_created_max_ms
--   SW002  wallets, holds or originals failed their guards (DETAIL: JSON array of the ids of all of one kind that failed)
--   SW007  the commit falls on another UTC day than p_day (DETAIL: its time in milliseconds)
--   SW006  the batch contradicts itself: an engine's bug
--   23505  on idempotency_keys_pkey: a key became known meanwhile; the next call says which
-- Locks are taken in one order: the engine's row, keys by digest, wallets by id, holds, refunds.
--
-- Where NULL is said to stand for a whole array, it costs nothing. Those of k_, w_ and t_ that are required are empty when there
-- is nothing of the kind.
--
-- The planner must not depend on statistics here: on tables that were never analyzed it would scan all wallets. So scans are
-- switched off, and `= ANY (ARRAY[…])`, which no join but a nested loop can use, leaves the primary key as the only way to find
-- a wallet. A call of one payment spends most of its time on starting and ending statements: there are no more than needed, and few
-- nodes in each. Conditions cost microseconds too: each is compiled anew in every transaction.
CREATE FUNCTION apply_batch_v4(
  p_worker_id uuid, p_seq bigint,
  -- the latest time, by the database's clock, at which this may be committed
  p_not_after_ms bigint,
  -- the engine's estimate of the database's time, and 2 s: no later time is written (null: no bound)
  p_created_max_ms bigint,
  p_processing_ms bigint,
  -- the UTC day that the counters of the day were decided for (whole days since 1970-01-01)
  p_day int,
  -- the partitions the commands belong to, and at place partition + 1 the epoch at which the engine holds each
  p_partitions smallint[], p_epochs bigint[],
  -- the keys of all commands, sorted by digest; k_first: the place (from 1) of the transaction that a key names, of an atomic batch the
  -- first. NULL: it names a change, whose id and request's hash stand in k_change and k_change_hash (NULL: there is none).
  k_digest uuid[], k_first int[], k_change uuid[], k_change_hash uuid[],
  -- touched wallets, sorted by id: net change, deepest dip of the balance on the way (0 or below), number of entries; status before and
  -- after (NULL: all are ACTIVE, and stay so)
  w_id uuid[], w_delta numeric[], w_dip numeric[], w_entries int[],
  -- net change of what is held (NULL: none of any); what counts to the day's limits (a NULL: as far as w_delta is below, or above, zero),
  -- and the highest that what goes out rose on the way (a NULL: as w_out); the largest payment that it sends in atomic batches, whose
  -- senders may have other owners (a NULL: there is none)
  w_held numeric[], w_out numeric[], w_out_peak numeric[], w_in numeric[], w_largest numeric[],
  w_status_from wallet_status[], w_status_to wallet_status[],
  -- changes of limits: places of their wallets, and all that each is from now on (NULL: there is none)
  l_wallet_ix int[], l_floor numeric[], l_per_payment numeric[], l_daily_out numeric[], l_daily_in numeric[],
  -- what many transactions have in common; t_group points to it (from 1; NULL: all are of the first)
  g_kind transaction_kind[], g_caller text[], g_currency text[], t_group smallint[],
  -- transactions in leaf order; t_key of an atomic batch's is the batch's key. t_sender_ix and t_receiver_ix point into the touched
  -- wallets (from 1; NULL: no entry; then t_sender and t_receiver name the wallets, NULL: all have entries). *_later: what later
  -- transactions of the batch add to the balance, *_later_entries: how many entries follow (NULL: none of any wallet).
  t_id uuid[], t_key text[], t_request_hash uuid[], t_amount numeric[], t_partition smallint[], t_initiated_ms bigint[],
  t_sender_ix int[], t_receiver_ix int[], t_sender uuid[], t_receiver uuid[],
  t_sender_later numeric[], t_sender_later_entries int[], t_receiver_later numeric[], t_receiver_later_entries int[],
  -- NULL: none has any
  t_reference text[], t_description text[], t_metadata jsonb[], t_parent uuid[], t_effective_ms bigint[], t_released numeric[],
  -- points into the failures (from 1; NULL: succeeded, all of them)
  t_failure_ix int[], f_code text[], f_reason text[], f_category text[],
  -- new holds: places of their transactions, and their ends (NULL: there is none)
  n_first int[], n_expires_ms bigint[],
  -- holds that change, sorted by id: how often they were captured before; what they are after (NULL: there is none). One that expires is
  -- due, and any other is not.
  h_id uuid[], h_captures_from int[], h_captured numeric[], h_captures int[], h_status hold_status[],
  -- what is paid back, sorted by id: the amount that was paid, how often it was paid back before, what is after (NULL: there is none)
  r_id uuid[], r_amount numeric[], r_refunds_from int[], r_refunded numeric[], r_refunds int[],
  -- atomic batches: the place of the first transaction (from 1), and how many they are (NULL: there is none)
  b_first int[], b_count int[],
  -- changes of status in order, as ledger_batches keeps them (null: none). One that finds the wallet so already has the same
  -- status from and to: its wallet is not touched by it, it is written to the audit log and is no event.
  p_changes jsonb,
  p_figures jsonb, p_latency_bounds_ms bigint[], p_merkle_root bytea
)
-- The time of the commit, then the latency histogram. (One value: a row of several is described anew at each call, from the
-- names of all parameters.)
RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
  v_head bytea;
  v_sequences bigint[];
  v_usual boolean;
  v_lost smallint[];
  v_known jsonb;
  -- transactions that have no key of their own, less the batches' keys
  v_unkeyed int := 0;
  v_max timestamptz;
  created_ms bigint;
  latency int[];
  v_balance numeric[];
  v_entry_no bigint[];
  v_currency text[];
  v_locked int;
  v_entries bigint;
  v_moving bigint;
  v_at timestamptz(3);
  v_earliest timestamptz(3);
  v_now timestamptz;
  v_change_partitions smallint[];
  v_event_partitions smallint[];
  v_event_counts int[];
  v_event_firsts bigint[];
  v_event_text text;
  v_ms bigint;
  v_bucket int;
  v_digest bytea;
  v_done uuid[];
  v_held numeric;
BEGIN
  -- 1. The fence. The engine's own row is locked first, and nothing else; what is looked at comes after it.
  SELECT head_hash, event_sequences INTO v_head, v_sequences FROM engine_workers
   WHERE worker_id = p_worker_id AND batch_seq = p_seq - 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'engine % is not at batch %', p_worker_id, p_seq - 1 USING ERRCODE = 'SW003';
  END IF;
  IF b_first IS NOT NULL THEN
    v_unkeyed := (SELECT sum(n) FROM unnest(b_count) AS n) - cardinality(b_first);
  END IF;
  -- 2. One look: the epochs are held, no key is known, it is not too late, and every transaction of its own, every atomic batch and
  -- every change has a key.
  SELECT (SELECT count(*) FROM partitions p
           WHERE p.id = ANY (p_partitions) AND p.epoch = p_epochs[p.id + 1] AND p.worker_id = p_worker_id) = cardinality(p_partitions)
         AND NOT EXISTS (SELECT FROM idempotency_keys WHERE key_digest = ANY (k_digest))
         AND clock_timestamp() <= to_timestamp(p_not_after_ms / 1000.0)
         AND cardinality(k_digest) = cardinality(t_id) - v_unkeyed + coalesce(jsonb_array_length(p_changes), 0),
         to_timestamp(p_created_max_ms / 1000.0)
    INTO v_usual, v_max;
  IF v_usual IS NOT TRUE THEN
    SELECT array_agg(held) INTO v_lost FROM unnest(p_partitions) AS held
     WHERE NOT EXISTS (SELECT FROM partitions p
                        WHERE p.id = ANY (ARRAY[held]) AND p.epoch = p_epochs[held + 1] AND p.worker_id = p_worker_id);
    IF v_lost IS NOT NULL THEN
      RAISE EXCEPTION 'partitions lost: %', v_lost USING ERRCODE = 'SW001', DETAIL = to_jsonb(v_lost)::text;
    END IF;
    SELECT jsonb_agg(key_digest) INTO v_known FROM idempotency_keys WHERE key_digest = ANY (k_digest);
    IF v_known IS NOT NULL THEN
      RAISE EXCEPTION 'keys are known' USING ERRCODE = 'SW005', DETAIL = v_known::text;
    END IF;
    IF p_not_after_ms IS NULL OR clock_timestamp() > to_timestamp(p_not_after_ms / 1000.0) THEN
      RAISE EXCEPTION 'too late: not after %', to_timestamp(p_not_after_ms / 1000.0) USING ERRCODE = 'SW004';
    END IF;
    RAISE EXCEPTION 'the keys are not those of the batch, or a partition is named twice' USING ERRCODE = 'SW006';
  END IF;

  -- 3. The keys. The unique index settles races.
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
    SELECT k_digest[ix], coalesce(t_id[k_first[ix]], k_change[ix]), coalesce(t_request_hash[k_first[ix]], k_change_hash[ix]),
           CASE WHEN k_first[ix] IS NULL THEN 'CHANGE'::key_outcome
                WHEN k_first[ix] = ANY (b_first) THEN 'ATOMIC_BATCH' ELSE 'TRANSACTION' END
      FROM generate_series(1, cardinality(k_digest)) AS ix;
  IF b_first IS NOT NULL THEN
    t_key := record_atomic_batches(b_first, b_count, t_id,
      (SELECT array_agg(g_caller[coalesce(t_group[ix], 1)] ORDER BY ix) FROM generate_series(1, cardinality(t_id)) AS ix),
      t_key, t_request_hash);
  END IF;

  -- 4. Every touched wallet once, guards in the WHERE. Each row's time is read when it is locked, and the time of all with every row
  -- locked: time runs with entry order. The same look says whether all were found, no money is made or lost, and the times are near
  -- each other and not ahead of the clock or its bound.
  WITH touched AS (
    UPDATE wallets w
       SET balance = w.balance + w_delta[ix], entry_no = w.entry_no + w_entries[ix], version = w.version + 1,
           held = CASE WHEN w_held IS NULL THEN w.held ELSE (w.held + w_held[ix])::numeric(30,4) END, counter_day = p_day,
           day_out = CASE WHEN w.counter_day < p_day THEN 0 ELSE w.day_out END + coalesce(w_out[ix], greatest(-w_delta[ix], 0)),
           day_in = CASE WHEN w.counter_day < p_day THEN 0 ELSE w.day_in END + coalesce(w_in[ix], greatest(w_delta[ix], 0)),
           status = coalesce(w_status_to[ix], w.status), updated_at = greatest(w.updated_at, least(clock_timestamp(), v_max))
      FROM generate_series(1, cardinality(w_id)) AS ix
     WHERE w.wallet_id = ANY (ARRAY[w_id[ix]])
       AND w.status = coalesce(w_status_from[ix], 'ACTIVE')
       AND (w.daily_out IS NULL OR coalesce(w_out_peak[ix], w_out[ix], -w_delta[ix]) <= 0
            OR CASE WHEN w.counter_day < p_day THEN 0 ELSE w.day_out END + coalesce(w_out_peak[ix], w_out[ix], -w_delta[ix]) <= w.daily_out)
       AND (w.daily_in IS NULL OR coalesce(w_in[ix], w_delta[ix]) <= 0
            OR CASE WHEN w.counter_day < p_day THEN 0 ELSE w.day_in END + coalesce(w_in[ix], w_delta[ix]) <= w.daily_in)
       AND (w.per_payment IS NULL OR w_largest[ix] IS NULL OR w_largest[ix] <= w.per_payment)
       AND (w.floor IS NULL OR w_dip[ix] = 0 OR w.balance - w.held + w_dip[ix] >= w.floor)
       AND abs(w.balance + w_delta[ix]) < CASE w.kind WHEN 'FUNDING' THEN 1e24 ELSE 1e15 END
       AND (w_status_to[ix] IS NULL OR w_status_to[ix] <> 'CLOSED' OR (w.balance + w_delta[ix] = 0 AND w.held + coalesce(w_held[ix], 0) = 0))
    RETURNING ix, w.balance, w.entry_no, w.updated_at, w.currency, w_delta[ix] AS delta, w_entries[ix] AS entries
  )
  SELECT array_agg(balance ORDER BY ix), array_agg(entry_no ORDER BY ix), array_agg(currency ORDER BY ix), count(*),
         max(updated_at), min(updated_at), sum(entries),
         count(*) = cardinality(w_id) AND sum(delta) = 0 AND min(currency) = max(currency)
           AND max(updated_at) - min(updated_at) <= interval '250 ms'
           AND max(updated_at) <= clock_timestamp() + interval '1 ms' AND (v_max >= clock_timestamp()) IS NOT FALSE
    INTO v_balance, v_entry_no, v_currency, v_locked, v_at, v_earliest, v_entries, v_usual FROM touched;
  IF v_usual IS NOT TRUE THEN
    IF v_locked <> cardinality(w_id) THEN
      RAISE EXCEPTION 'wallets failed their guards' USING ERRCODE = 'SW002', DETAIL = (
        SELECT jsonb_agg(id) FROM unnest(w_id) AS id
         WHERE NOT EXISTS (
           SELECT FROM wallets w WHERE w.wallet_id = ANY (ARRAY[id]) AND w.xmin::text = pg_current_xact_id()::xid::text
         ))::text;
    END IF;
    IF EXISTS (SELECT FROM unnest(v_currency, w_delta) AS touched (currency, delta) GROUP BY currency HAVING sum(delta) <> 0) THEN
      RAISE EXCEPTION 'the batch makes or loses money' USING ERRCODE = 'SW006';
    END IF;
    -- A call that waited for so long that its bound is behind the clock could write less than what stands there: once more, with
    -- a newer bound. (So is one in the middle of which the clock was set ahead.)
    IF v_max < clock_timestamp() AND clock_timestamp() - statement_timestamp() > interval '1500 ms' THEN
      RAISE EXCEPTION 'too late: waited since %', statement_timestamp() USING ERRCODE = 'SW004';
    END IF;
    -- Rows that the time of all is ahead of take it too, where the next call could write less: when the clock was set back, or is
    -- bound, or they waited long for each other.
    v_now := least(clock_timestamp(), v_max);
    v_at := coalesce(v_at, v_now);
    v_entries := coalesce(v_entries, 0);
    IF v_earliest < v_at
       AND (v_at - v_earliest > interval '250 ms' OR v_at > v_now + interval '1 ms' OR v_max < clock_timestamp()) THEN
      UPDATE wallets SET updated_at = v_at WHERE wallet_id = ANY (w_id);
    END IF;
  END IF;
  created_ms := floor(extract(epoch FROM v_at) * 1000);
  IF created_ms / 86400000 <> p_day THEN
    RAISE EXCEPTION 'committed on day %, decided for day %', created_ms / 86400000, p_day USING ERRCODE = 'SW007', DETAIL = created_ms::text;
  END IF;

  -- The limits, on rows that are locked. No payment of this batch comes after a change of its wallet's.
  IF l_wallet_ix IS NOT NULL THEN
    WITH changed AS (
      UPDATE wallets w
         SET floor = l_floor[ix], per_payment = l_per_payment[ix], daily_out = l_daily_out[ix], daily_in = l_daily_in[ix]
        FROM generate_series(1, cardinality(l_wallet_ix)) AS ix
       WHERE w.wallet_id = ANY (ARRAY[w_id[l_wallet_ix[ix]]]) AND w.floor IS NOT NULL AND w.balance - w.held >= l_floor[ix]
      RETURNING w.wallet_id
    )
    SELECT array_agg(wallet_id) INTO v_done FROM changed;
    IF coalesce(cardinality(v_done), 0) <> cardinality(l_wallet_ix) THEN
      RAISE EXCEPTION 'wallets use more credit than is left' USING ERRCODE = 'SW002', DETAIL = (
        SELECT jsonb_agg(w_id[place]) FROM unnest(l_wallet_ix) AS place WHERE w_id[place] <> ALL (coalesce(v_done, '{}')))::text;
    END IF;
  END IF;

  -- Holds and refunds: what is held must change by what the holds do.
  IF n_first IS NOT NULL THEN
    -- A receiver's row does not change, so that no guard has looked at it: its status may be another than its payer's engine knows.
    SELECT jsonb_agg(DISTINCT w.wallet_id) INTO v_known FROM unnest(n_first) AS made (ix), wallets w
     WHERE w.wallet_id = ANY (ARRAY[t_receiver[ix]]) AND w.status <> 'ACTIVE' AND w.wallet_id <> ALL (w_id);
    IF v_known IS NOT NULL THEN
      RAISE EXCEPTION 'receivers of holds failed their guards' USING ERRCODE = 'SW002', DETAIL = v_known::text;
    END IF;
  END IF;
  IF w_held IS NOT NULL THEN
    v_held := apply_hold_changes(p_day, v_at, n_first, n_expires_ms, h_id, h_captures_from, h_captured, h_captures, h_status,
                                 t_id, t_amount, t_partition, t_sender, t_receiver,
                                 g_currency, t_group);
    IF v_held <> (SELECT sum(held) FROM unnest(w_held) AS held) THEN
      RAISE EXCEPTION 'the wallets hold another sum than their holds' USING ERRCODE = 'SW006';
    END IF;
  END IF;
  IF r_id IS NOT NULL THEN
    PERFORM apply_refunds(r_id, r_amount, r_refunds_from, r_refunded, r_refunds);
  END IF;

  -- 5. The latency histogram: bucket b holds latencies below bound b and not below the one before. Nobody waits for an expiry: a
  -- thousand at once would hide how long the payments took.
  latency := array_fill(0, ARRAY[cardinality(p_latency_bounds_ms) + 1]);
  FOREACH v_ms IN ARRAY CASE WHEN 'EXPIRY' <> ALL (g_kind) THEN t_initiated_ms ELSE ARRAY(
      SELECT t_initiated_ms[ix] FROM generate_subscripts(t_initiated_ms, 1) AS ix WHERE g_kind[coalesce(t_group[ix], 1)] <> 'EXPIRY') END
  LOOP
    v_bucket := width_bucket(created_ms - v_ms, p_latency_bounds_ms) + 1;
    latency[v_bucket] := latency[v_bucket] + 1;
  END LOOP;

  -- 6. The partitions' events are counted on. None is of a partition that the fence did not look at.
  IF p_changes IS NOT NULL THEN
    v_change_partitions := ARRAY(SELECT (c->>'partition')::smallint FROM jsonb_array_elements(p_changes) AS c WHERE c->'from' <> c->'to');
  END IF;
  SELECT array_agg(partition ORDER BY partition), array_agg(n ORDER BY partition),
         array_agg(coalesce(v_sequences[partition + 1], 0) + 1 ORDER BY partition),
         string_agg(partition || ':' || coalesce(v_sequences[partition + 1], 0) + 1, ',' ORDER BY partition)
    INTO v_event_partitions, v_event_counts, v_event_firsts, v_event_text
    FROM (SELECT partition, count(*)::int AS n FROM unnest(t_partition || v_change_partitions) AS partition GROUP BY 1) counted;
  IF NOT v_event_partitions <@ p_partitions THEN
    RAISE EXCEPTION 'something is of a partition that is not held' USING ERRCODE = 'SW006';
  END IF;
  FOR i IN 1 .. coalesce(cardinality(v_event_partitions), 0) LOOP
    v_sequences[v_event_partitions[i] + 1] := v_event_firsts[i] + v_event_counts[i] - 1;
  END LOOP;

  -- 7. The ledger pairs, the failures, the changes.
  INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id,
      receiver_wallet_id, amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after,
      receiver_entry_no, failure_code, failure_reason, reference, description, metadata, parent_transaction_id, effective_at, released, partition,
      worker_id, batch_seq, initiated_at, processing_at, created_at)
    SELECT t_id[ix], g_kind[coalesce(t_group[ix], 1)],
           CASE WHEN t_failure_ix[ix] IS NULL THEN 'SUCCESS'::transaction_status ELSE 'FAILED' END,
           g_caller[coalesce(t_group[ix], 1)], t_key[ix], t_request_hash[ix],
           coalesce(w_id[t_sender_ix[ix]], t_sender[ix]), coalesce(w_id[t_receiver_ix[ix]], t_receiver[ix]),
           t_amount[ix], g_currency[coalesce(t_group[ix], 1)],
           v_balance[t_sender_ix[ix]] - coalesce(t_sender_later[ix], 0),
           v_entry_no[t_sender_ix[ix]] - coalesce(t_sender_later_entries[ix], 0),
           v_balance[t_receiver_ix[ix]] - coalesce(t_receiver_later[ix], 0),
           v_entry_no[t_receiver_ix[ix]] - coalesce(t_receiver_later_entries[ix], 0),
           f_code[t_failure_ix[ix]], f_reason[t_failure_ix[ix]], t_reference[ix], t_description[ix], t_metadata[ix], t_parent[ix],
           to_timestamp(t_effective_ms[ix] / 1000.0), t_released[ix], t_partition[ix], p_worker_id, p_seq, to_timestamp(t_initiated_ms[ix] / 1000.0::float8),
           to_timestamp(p_processing_ms / 1000.0::float8), v_at
      FROM generate_series(1, cardinality(t_id)) AS ix;
  SELECT sha256(convert_to(coalesce(string_agg(concat_ws(',', t_id[ix],
             v_balance[t_sender_ix[ix]] - coalesce(t_sender_later[ix], 0),
             v_entry_no[t_sender_ix[ix]] - coalesce(t_sender_later_entries[ix], 0),
             v_balance[t_receiver_ix[ix]] - coalesce(t_receiver_later[ix], 0),
             v_entry_no[t_receiver_ix[ix]] - coalesce(t_receiver_later_entries[ix], 0)),
             ';' ORDER BY ix), '') || '@' || created_ms || '@' || coalesce(v_event_text, ''), 'UTF8')),
         count(*) FILTER (WHERE t_failure_ix[ix] IS NULL AND g_kind[coalesce(t_group[ix], 1)] NOT IN ('HOLD', 'VOID', 'EXPIRY'))
    INTO v_digest, v_moving FROM generate_series(1, cardinality(t_id)) AS ix;
  IF v_entries <> 2 * v_moving THEN
    RAISE EXCEPTION '% entries for % transactions that move money', v_entries, v_moving USING ERRCODE = 'SW006';
  END IF;
  IF t_failure_ix IS NOT NULL THEN
    INSERT INTO transaction_failures (transaction_id, failure_code, category, created_at)
      SELECT t.id, f_code[t.failure_ix], f_category[t.failure_ix], v_at
        FROM unnest(t_id, t_failure_ix) AS t (id, failure_ix) WHERE t.failure_ix IS NOT NULL;
  END IF;
  IF p_changes IS NOT NULL THEN
    INSERT INTO audit_log (at, caller, action, subject, detail, change_id)
      SELECT v_at, c->>'caller', CASE WHEN c ? 'refused' THEN 'LIMITS_REFUSED' WHEN jsonb_typeof(c->'to') = 'object' THEN 'LIMITS_CHANGED'
                                  WHEN c->'from' = c->'to' THEN 'WALLET_STATUS_KEPT' ELSE 'WALLET_STATUS_CHANGED' END,
             c->>'walletId', c - '{changeId,partition,caller,walletId,place}'::text[], (c->>'changeId')::uuid
        FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS change (c, ix) ORDER BY ix;
  END IF;

  -- 8. The batch row, chained to the engine's last one.
  v_head := sha256(v_head || int8send(p_seq) || p_merkle_root || v_digest);
  UPDATE engine_workers SET batch_seq = p_seq, head_hash = v_head, event_sequences = v_sequences WHERE worker_id = p_worker_id;
  INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash,
    created_at, leaf_version, event_partitions, event_first_sequences, changes)
  VALUES (p_worker_id, p_seq, t_id, p_figures, latency, p_merkle_root, v_digest, v_head,
    v_at, 3, coalesce(v_event_partitions, '{}'), coalesce(v_event_firsts, '{}'), p_changes);
  RETURN created_ms || latency;
END $$;

-- Makes and changes holds. Returns by how much what they hold changes.
CREATE FUNCTION apply_hold_changes(p_day int, p_at timestamptz, n_first int[], n_expires_ms bigint[],
  h_id uuid[], h_captures_from int[], h_captured numeric[], h_captures int[], h_status hold_status[],
  t_id uuid[], t_amount numeric[], t_partition smallint[], t_sender uuid[], t_receiver uuid[], g_currency text[], t_group smallint[])
RETURNS numeric LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_done uuid[];
  v_held numeric := 0;
  v_changed numeric;
BEGIN
  IF n_first IS NOT NULL THEN
    WITH made AS (
      INSERT INTO holds (hold_id, wallet_id, receiver_wallet_id, partition, currency, amount, expires_at, made_day, created_at, updated_at)
        SELECT t_id[n_first[ix]], t_sender[n_first[ix]], t_receiver[n_first[ix]], t_partition[n_first[ix]],
               g_currency[coalesce(t_group[n_first[ix]], 1)], t_amount[n_first[ix]], to_timestamp(n_expires_ms[ix] / 1000.0), p_day, p_at, p_at
          FROM generate_series(1, cardinality(n_first)) AS ix
      RETURNING amount
    )
    SELECT sum(amount) INTO v_held FROM made;
  END IF;
  IF h_id IS NOT NULL THEN
    WITH changed AS (
      UPDATE holds h
         SET captured = h_captured[ix], captures = h_captures[ix], status = h_status[ix], updated_at = p_at
        FROM generate_series(1, cardinality(h_id)) AS ix, holds before
       WHERE h.hold_id = ANY (ARRAY[h_id[ix]]) AND before.hold_id = ANY (ARRAY[h_id[ix]])
         AND h.status = 'OPEN' AND h.captures = h_captures_from[ix]
         AND (h_status[ix] = 'EXPIRED') = (p_at >= h.expires_at)
      RETURNING h.hold_id, CASE h.status WHEN 'OPEN' THEN h.amount - h.captured ELSE 0 END - (before.amount - before.captured) AS held
    )
    SELECT array_agg(hold_id), sum(held) INTO v_done, v_changed FROM changed;
    IF coalesce(cardinality(v_done), 0) <> cardinality(h_id) THEN
      RAISE EXCEPTION 'holds failed their guards' USING ERRCODE = 'SW002',
        DETAIL = (SELECT jsonb_agg(id) FROM unnest(h_id) AS id WHERE id <> ALL (coalesce(v_done, '{}')))::text;
    END IF;
    v_held := v_held + v_changed;
  END IF;
  RETURN v_held;
END $$;

-- Writes down what was paid back of transactions.
CREATE FUNCTION apply_refunds(r_id uuid[], r_amount numeric[], r_refunds_from int[], r_refunded numeric[], r_refunds int[])
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_done uuid[];
BEGIN
  WITH known AS (
    UPDATE refund_totals r SET refunded = r_refunded[ix], refunds = r_refunds[ix]
      FROM generate_series(1, cardinality(r_id)) AS ix
     WHERE r.transaction_id = ANY (ARRAY[r_id[ix]]) AND r.refunds = r_refunds_from[ix] AND r_refunds_from[ix] > 0
    RETURNING r.transaction_id
  ), new AS (
    INSERT INTO refund_totals (transaction_id, amount, refunded, refunds)
      SELECT r_id[ix], r_amount[ix], r_refunded[ix], r_refunds[ix]
        FROM generate_series(1, cardinality(r_id)) AS ix WHERE r_refunds_from[ix] = 0
    ON CONFLICT (transaction_id) DO NOTHING
    RETURNING transaction_id
  )
  SELECT array_agg(transaction_id) INTO v_done FROM (SELECT * FROM known UNION ALL SELECT * FROM new) written;
  IF coalesce(cardinality(v_done), 0) <> cardinality(r_id) THEN
    RAISE EXCEPTION 'originals failed their guards' USING ERRCODE = 'SW002',
      DETAIL = (SELECT jsonb_agg(id) FROM unnest(r_id) AS id WHERE id <> ALL (coalesce(v_done, '{}')))::text;
  END IF;
END $$;

REVOKE EXECUTE ON FUNCTION apply_batch_v4, apply_hold_changes, apply_refunds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apply_batch_v4 TO wallet_engine;
