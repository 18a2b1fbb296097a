-- Up Migration

SET LOCAL lock_timeout = '3s';

-- The least protocol that an engine must speak to own partitions. It only rises. An engine of before knows neither holds nor limits:
-- those would not expire, and those would not be kept. So it rises once no such engine owns anything, and only then gateways ask for
-- any of it.
CREATE TABLE least_protocol (
  is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  protocol smallint NOT NULL
);
INSERT INTO least_protocol (protocol) VALUES (1);
GRANT SELECT ON least_protocol TO wallet_engine, wallet_gateway, wallet_audit;

-- Raises it, unless an engine of before owns a partition. Returns whether it stands there.
CREATE FUNCTION raise_least_protocol(p_protocol smallint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  IF (SELECT protocol >= p_protocol FROM least_protocol) THEN
    RETURN true;
  END IF;
  -- Takeovers under way end first, and those that come wait. What they did is seen by the next statement.
  PERFORM FROM least_protocol FOR UPDATE;
  IF EXISTS (SELECT FROM partitions JOIN engine_workers w USING (worker_id) WHERE w.protocol < p_protocol) THEN
    RETURN false;
  END IF;
  UPDATE least_protocol SET protocol = greatest(protocol, p_protocol);
  RETURN true;
END $$;

-- As in 007, and refuses engines that speak less than the least protocol:
--   SW008  the engine is of a version that must own nothing any more
CREATE OR REPLACE FUNCTION take_over(p_worker_id uuid, p_partitions smallint[])
RETURNS TABLE (partition_id smallint, partition_epoch bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = 0 AS $$
DECLARE
  v_least smallint;
  v_owners uuid[];
  v_sequences bigint[];
  v_partition smallint;
  v_sequence bigint;
BEGIN
  -- Held until the takeover is committed: it does not rise meanwhile.
  SELECT protocol INTO STRICT v_least FROM least_protocol FOR SHARE;
  IF EXISTS (SELECT FROM engine_workers WHERE worker_id = p_worker_id AND protocol < v_least) THEN
    RAISE EXCEPTION 'this engine is of a version that knows neither holds nor limits, which are in use: replace it by a newer one'
      USING ERRCODE = 'SW008';
  END IF;
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

REVOKE EXECUTE ON FUNCTION raise_least_protocol(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raise_least_protocol(smallint) TO wallet_engine;
