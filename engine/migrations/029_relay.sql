-- Up Migration

-- What the relay knows: how far it has brought the ledger's events to the broker. One relay works at a time; whoever takes the lease
-- raises its epoch, and what is written at an older epoch is refused.
CREATE TABLE relay_lease (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch       bigint NOT NULL DEFAULT 0,
  holder      text,
  renewed_at  timestamptz(3) NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);
INSERT INTO relay_lease DEFAULT VALUES;

-- Of each engine: the last batch of which the broker confirmed every event, as it did of all before it. (No foreign key: it would lock
-- the engine's row against a takeover.)
CREATE TABLE relay_cursors (
  engine_id    uuid PRIMARY KEY,
  batch_seq    bigint NOT NULL,
  updated_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- the batch behind it is missing or contradicts itself: nothing of this engine goes out until somebody has looked
  stopped_at   timestamptz(3),
  stopped_why  text
) WITH (fillfactor = 10);

CREATE TABLE relay_partitions (
  partition      smallint PRIMARY KEY,
  -- its last event that the broker has
  sequence       bigint NOT NULL DEFAULT 0,
  -- the last event that the relay has come past: ahead of `sequence` while the partition is stopped, and until it has caught up
  passed         bigint NOT NULL DEFAULT 0,
  -- events up to this one were there before there was a relay: they go out when somebody asks for them again
  begins_after   bigint NOT NULL,
  -- the engine of its last event
  engine_id      uuid,
  -- an event did not follow the one before it: nothing more of it goes out until somebody has looked. It goes on behind `sequence`
  -- once stopped_at is null again.
  stopped_at     timestamptz(3),
  stopped_why    text
) WITH (fillfactor = 10);
-- One statement: what an engine has counted, and who owns what, are of one moment.
INSERT INTO relay_partitions (partition, begins_after)
  SELECT p.id, coalesce(w.event_sequences[p.id + 1], 0) FROM partitions p LEFT JOIN engine_workers w USING (worker_id);

-- Where to look for an event: from a checkpoint to the partition's next one, its events lie in batches of one engine.
CREATE TABLE relay_checkpoints (
  partition  smallint NOT NULL,
  -- the partition's first event in the batch
  sequence   bigint NOT NULL,
  engine_id  uuid NOT NULL,
  batch_seq  bigint NOT NULL,
  PRIMARY KEY (partition, sequence)
);

-- Writes down what the broker has confirmed. False, and nothing written: somebody else is the relay by now.
CREATE FUNCTION advance_relay(p_epoch bigint, p_engines uuid[], p_batch_seqs bigint[], p_partitions smallint[], p_sequences bigint[],
  p_passed bigint[], p_partition_engines uuid[], c_partitions smallint[], c_sequences bigint[], c_engines uuid[], c_batch_seqs bigint[])
RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE relay_lease SET renewed_at = clock_timestamp() WHERE epoch = p_epoch;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO relay_cursors (engine_id, batch_seq)
    SELECT * FROM unnest(p_engines, p_batch_seqs)
  ON CONFLICT (engine_id) DO UPDATE SET batch_seq = excluded.batch_seq, updated_at = clock_timestamp();
  -- Where a stopped one goes on may be said by who looks after it, meanwhile: it never goes back.
  UPDATE relay_partitions r SET sequence = greatest(r.sequence, n.sequence), passed = n.passed,
         engine_id = n.engine_id
    FROM unnest(p_partitions, p_sequences, p_passed, p_partition_engines) AS n (partition, sequence, passed, engine_id)
   WHERE r.partition = n.partition;
  INSERT INTO relay_checkpoints (partition, sequence, engine_id, batch_seq)
    SELECT * FROM unnest(c_partitions, c_sequences, c_engines, c_batch_seqs) ON CONFLICT DO NOTHING;
  RETURN true;
END $$;

-- How far the broker is behind the ledger, by the tables alone: true whether a relay runs or not.
CREATE VIEW relay_lag AS
  SELECT coalesce(sum(w.batch_seq - coalesce(c.batch_seq, 0)), 0)::bigint AS batches,
         coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(b.created_at))), 0)::float8 AS seconds
    FROM engine_workers w LEFT JOIN relay_cursors c ON c.engine_id = w.worker_id
    CROSS JOIN LATERAL (SELECT l.created_at FROM ledger_batches l
                         WHERE l.worker_id = w.worker_id AND l.batch_seq > coalesce(c.batch_seq, 0) ORDER BY l.batch_seq LIMIT 1) b
   WHERE w.batch_seq > coalesce(c.batch_seq, 0);

-- Events that somebody wants once more.
CREATE TABLE event_replays (
  replay_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partition      smallint NOT NULL,
  from_sequence  bigint NOT NULL CHECK (from_sequence > 0),
  to_sequence    bigint NOT NULL,
  requested_by   text NOT NULL,
  requested_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  status         text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DONE', 'FAILED')),
  -- what was published of it so far
  published_to   bigint,
  finished_at    timestamptz(3),
  error          text,
  CHECK (to_sequence BETWEEN from_sequence AND from_sequence + 99999)
);
CREATE INDEX event_replays_pending ON event_replays (requested_at) WHERE status = 'PENDING';

-- Asks for events once more, with a line of the audit log. Null: so many wait already.
CREATE FUNCTION request_event_replay(p_partition smallint, p_from bigint, p_to bigint, p_pending_max int, p_by text, p_trace_id text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_replay event_replays;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('event_replays'));
  IF (SELECT count(*) FROM event_replays WHERE status = 'PENDING') >= p_pending_max THEN
    RETURN NULL;
  END IF;
  INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by) VALUES (p_partition, p_from, p_to, p_by)
    RETURNING * INTO v_replay;
  PERFORM record_act(p_by, 'EVENTS_REPLAYED', 'partition ' || p_partition, NULL,
    jsonb_build_object('replayId', v_replay.replay_id, 'partition', p_partition, 'fromSequence', p_from, 'toSequence', p_to), NULL, p_trace_id);
  RETURN v_replay.replay_id;
END $$;

-- Queues that were made, so that one that is gone is known to be lost and not new.
CREATE TABLE broker_queues (
  queue    text PRIMARY KEY,
  made_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- What happened at the broker that somebody should know of.
CREATE TABLE broker_incidents (
  incident_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- QUEUE_LOST: it was deleted, or the broker lost its data; it was made again, what lay in it is gone
  what         text NOT NULL CHECK (what IN ('QUEUE_LOST')),
  queue        text NOT NULL
);
CREATE INDEX broker_incidents_at ON broker_incidents (at);

-- The programs of the workers that say that they live, and what they know of the queues.
CREATE TABLE workers_alive (
  instance_id  uuid PRIMARY KEY,
  name         text NOT NULL,
  version      text NOT NULL,
  parts        text[] NOT NULL,
  started_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  seen_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- [{name, depth, consumers}]; null: not looked at
  queues       jsonb
);

GRANT SELECT ON relay_lease, relay_cursors, relay_partitions, relay_checkpoints, relay_lag, event_replays, broker_queues, broker_incidents,
  workers_alive TO wallet_workers, wallet_gateway, wallet_audit;
GRANT UPDATE (epoch, holder, renewed_at) ON relay_lease TO wallet_workers;
GRANT INSERT, UPDATE ON relay_cursors TO wallet_workers;
GRANT UPDATE ON relay_partitions TO wallet_workers;
GRANT INSERT ON relay_checkpoints TO wallet_workers;
GRANT UPDATE (status, published_to, finished_at, error) ON event_replays TO wallet_workers;
GRANT INSERT, UPDATE, DELETE ON broker_queues TO wallet_workers;
GRANT INSERT ON broker_incidents TO wallet_workers;
GRANT INSERT, UPDATE, DELETE ON workers_alive TO wallet_workers;
REVOKE EXECUTE ON FUNCTION advance_relay FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION request_event_replay(smallint, bigint, bigint, int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION advance_relay TO wallet_workers;
GRANT EXECUTE ON FUNCTION request_event_replay(smallint, bigint, bigint, int, text, text) TO wallet_gateway;
