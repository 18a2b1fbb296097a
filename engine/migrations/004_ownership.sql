-- Up Migration

CREATE FUNCTION register_worker(p_worker_id uuid, p_worker_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO engine_workers (worker_id, worker_name) VALUES (p_worker_id, p_worker_name)
$$;

-- Takes partitions over: first the old owners' worker rows (which waits for their running calls to end), then higher
-- epochs. After it returns, no call of an old owner can commit for them, and what it had committed can be read.
-- Rows lock in id order; 40001 when an owner changed meanwhile: call again.
CREATE FUNCTION take_over(p_worker_id uuid, p_partitions smallint[])
RETURNS TABLE (partition_id smallint, partition_epoch bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_owners uuid[];
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
  INSERT INTO partition_takeovers (partition_id, epoch, worker_id, from_worker_id, from_batch_seq)
    SELECT p.id, p.epoch + 1, p_worker_id, p.worker_id, w.batch_seq
      FROM partitions p LEFT JOIN engine_workers w USING (worker_id) WHERE p.id = ANY (p_partitions);
  RETURN QUERY
    UPDATE partitions SET epoch = epoch + 1, worker_id = p_worker_id WHERE id = ANY (p_partitions)
    RETURNING id, epoch;
END $$;

-- Settles a worker's call whose outcome is unknown: waits until it has ended, then raises the epochs of all partitions the
-- worker still has, so that a call still under way (in a proxy, in a socket) can no longer commit.
CREATE FUNCTION settle_worker(p_worker_id uuid)
RETURNS TABLE (partition_id smallint, partition_epoch bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_batch_seq bigint;
BEGIN
  SELECT batch_seq INTO STRICT v_batch_seq FROM engine_workers WHERE worker_id = p_worker_id FOR UPDATE;
  PERFORM FROM partitions WHERE worker_id = p_worker_id ORDER BY id FOR UPDATE;
  INSERT INTO partition_takeovers (partition_id, epoch, worker_id, from_worker_id, from_batch_seq)
    SELECT id, epoch + 1, p_worker_id, p_worker_id, v_batch_seq FROM partitions WHERE worker_id = p_worker_id;
  RETURN QUERY
    UPDATE partitions SET epoch = epoch + 1 WHERE worker_id = p_worker_id RETURNING id, epoch;
END $$;

REVOKE EXECUTE ON FUNCTION settle_worker(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_worker(uuid) TO wallet_engine;
REVOKE EXECUTE ON FUNCTION register_worker(uuid, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION take_over(uuid, smallint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_worker(uuid, text) TO wallet_engine;
GRANT EXECUTE ON FUNCTION take_over(uuid, smallint[]) TO wallet_engine;
