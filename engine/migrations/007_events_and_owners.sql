-- Up Migration

-- A statement that was prepared on the narrower balances fails from now on ("cached plan must not change result type"), for as
-- long as its connection lives. Gateways keep theirs: those are ended while nothing runs in them, and made anew.
DO $$
BEGIN
  FOR attempt IN 1 .. 20 LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'wallet_gateway' AND state = 'idle' AND backend_start < now();
    PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
    EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity
                           WHERE datname = current_database() AND usename = 'wallet_gateway' AND backend_start < now());
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'the gateways'' connections could not be ended: restart the gateways';
END $$;

SET LOCAL lock_timeout = '3s';

-- The fence rests on READ COMMITTED: each statement of a call sees what was committed before it began. A lock that is not
-- given within 1.2 s (just after Postgres looks for deadlocks) is given up: one row that somebody holds must not take a
-- thousand payments along. Pages written whole after a checkpoint are most of the log where keys are random: they are compressed
-- where lz4 is there.
DO $$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    BEGIN
      ALTER ROLE wallet_engine SET default_transaction_isolation = 'read committed';
      ALTER ROLE wallet_gateway SET default_transaction_isolation = 'read committed';
      ALTER ROLE wallet_engine SET lock_timeout = '1200ms';
      BEGIN
        -- pglz saves nothing on pages of random keys and takes longer than what it saves elsewhere.
        IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'wal_compression') THEN
          ALTER ROLE wallet_engine SET wal_compression = 'lz4';
          ALTER ROLE wallet_gateway SET wal_compression = 'lz4';
        END IF;
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'wal_compression is a superuser''s to set: set it for the whole server';
      END;
      RETURN;
    EXCEPTION WHEN internal_error THEN
      PERFORM pg_sleep(0.1); -- another database's migration is changing the same roles
    END;
  END LOOP;
  RAISE EXCEPTION 'the roles could not be set up; run the migration again';
END $$;

ALTER TABLE engine_workers
  -- what it writes: 1 calls apply_batch, 2 calls apply_batch_v2
  ADD COLUMN protocol smallint NOT NULL DEFAULT 1,
  -- The last event number of each partition (partition p at p + 1), true of those that the engine owns. They stand in the
  -- engine's own row, which every call writes anyway; a takeover hands them on.
  ADD COLUMN event_sequences bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[64]);

-- An event is a transaction or a change of a wallet's status. Each partition's events are numbered from 1 without a hole.
ALTER TABLE ledger_batches
  -- which texts merkle_root and digest are over
  ADD COLUMN leaf_version smallint NOT NULL DEFAULT 1,
  -- the partitions that have events in this batch, and the number of the first of each (null: not counted yet, then)
  ADD COLUMN event_partitions smallint[],
  ADD COLUMN event_first_sequences bigint[],
  -- [{changeId, partition, walletId, from, to, reason, caller, place}] in order, null: none. `place`: how many of the batch's
  -- transactions come before it. One whose `from` is its `to` changed nothing and is no event.
  ADD COLUMN changes jsonb;

-- A change of status has an id, which its idempotency key names.
ALTER TABLE audit_log ADD COLUMN change_id uuid;
CREATE UNIQUE INDEX audit_log_change ON audit_log (change_id) WHERE change_id IS NOT NULL;

-- The same as register_worker, for an engine that calls apply_batch_v2.
CREATE FUNCTION register_worker_v2(p_worker_id uuid, p_worker_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO engine_workers (worker_id, worker_name, protocol) VALUES (p_worker_id, p_worker_name, 2)
$$;

-- As before, and each partition's last event number goes from the old owner's row to the new one's. Takeovers wait as long as
-- they must (their caller ends the session that they wait for).
CREATE OR REPLACE FUNCTION take_over(p_worker_id uuid, p_partitions smallint[])
RETURNS TABLE (partition_id smallint, partition_epoch bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = 0 AS $$
DECLARE
  v_owners uuid[];
  v_sequences bigint[];
  v_partition smallint;
  v_sequence bigint;
BEGIN
  SELECT array_agg(DISTINCT worker_id) INTO v_owners
    FROM partitions WHERE id = ANY (p_partitions) AND worker_id IS NOT NULL;
  -- The taker's own row too: the rows written below refer to it, and two workers may take from each other.
  PERFORM FROM engine_workers WHERE worker_id = ANY (v_owners) OR worker_id = p_worker_id ORDER BY worker_id FOR UPDATE;
  PERFORM FROM partitions WHERE id = ANY (p_partitions) ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM partitions
              WHERE id = ANY (p_partitions) AND worker_id IS NOT NULL AND worker_id <> ALL (coalesce(v_owners, '{}'))) THEN
    RAISE EXCEPTION 'an owner changed during the takeover' USING ERRCODE = '40001';
  END IF;
  SELECT event_sequences INTO STRICT v_sequences FROM engine_workers WHERE worker_id = p_worker_id;
  FOR v_partition, v_sequence IN
    SELECT p.id, coalesce(w.event_sequences[p.id + 1], 0)
      FROM partitions p LEFT JOIN engine_workers w USING (worker_id) WHERE p.id = ANY (p_partitions)
  LOOP
    v_sequences[v_partition + 1] := v_sequence;
  END LOOP;
  UPDATE engine_workers SET event_sequences = v_sequences WHERE worker_id = p_worker_id;
  INSERT INTO partition_takeovers (partition_id, epoch, worker_id, from_worker_id, from_batch_seq)
    SELECT p.id, p.epoch + 1, p_worker_id, p.worker_id, w.batch_seq
      FROM partitions p LEFT JOIN engine_workers w USING (worker_id) WHERE p.id = ANY (p_partitions);
  RETURN QUERY
    UPDATE partitions SET epoch = epoch + 1, worker_id = p_worker_id WHERE id = ANY (p_partitions)
    RETURNING id, epoch;
END $$;

ALTER FUNCTION settle_worker(uuid) SET lock_timeout = 0;

-- Those of the wallets that somebody else holds locked right now. Called alone, in autocommit: what it locks to find out is
-- free again when it returns.
CREATE FUNCTION locked_wallets(p_wallets uuid[]) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_free uuid[];
BEGIN
  SELECT coalesce(array_agg(free.wallet_id), '{}') INTO v_free
    FROM (SELECT wallet_id FROM wallets WHERE wallet_id = ANY (p_wallets) FOR NO KEY UPDATE SKIP LOCKED) free;
  RETURN (SELECT coalesce(array_agg(wallet_id), '{}') FROM wallets
           WHERE wallet_id = ANY (p_wallets) AND wallet_id <> ALL (v_free));
END $$;

REVOKE EXECUTE ON FUNCTION register_worker_v2(uuid, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION locked_wallets(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_worker_v2(uuid, text) TO wallet_engine;
GRANT EXECUTE ON FUNCTION locked_wallets(uuid[]) TO wallet_engine;
