-- Up Migration

-- What could not be handled: the messages that the broker gave up on, and mails that no server will take. It lies here to be seen, and to be
-- tried again or deleted by somebody (workers/MAIL.md).
CREATE TABLE dead_letters (
  -- of the time when it came to lie here
  dead_letter_id  uuid PRIMARY KEY,
  -- without the platform's prefix: mail.v1
  queue           text NOT NULL CHECK (length(queue) BETWEEN 1 AND 255),
  message_id      text CHECK (length(message_id) <= 255),
  reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
  attempts        int NOT NULL,
  first_failed_at timestamptz(3) NOT NULL,
  payload         bytea NOT NULL CHECK (octet_length(payload) <= 1048576),
  -- of the message: where it is more than is kept, it cannot be tried again
  payload_bytes   int NOT NULL,
  headers         jsonb NOT NULL,
  -- of a message that may come twice: the same death is one row
  digest          bytea UNIQUE,
  status          text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'REPLAYING', 'REPLAYED', 'DELETED')),
  -- until then somebody is publishing it
  claimed_until   timestamptz(3),
  replayed_at     timestamptz(3)
);
-- Of those that lie here still, and of one queue's.
CREATE INDEX dead_letters_waiting ON dead_letters (dead_letter_id) WHERE status IN ('WAITING', 'REPLAYING');
CREATE INDEX dead_letters_of_queue ON dead_letters (queue, dead_letter_id) WHERE status IN ('WAITING', 'REPLAYING');
CREATE INDEX dead_letters_replaying ON dead_letters (dead_letter_id) WHERE status = 'REPLAYING';
CREATE INDEX dead_letters_ended ON dead_letters (dead_letter_id) WHERE status IN ('REPLAYED', 'DELETED');

GRANT SELECT, INSERT, DELETE ON dead_letters TO wallet_workers;
GRANT UPDATE (status, claimed_until, replayed_at) ON dead_letters TO wallet_workers;
GRANT SELECT ON dead_letters TO wallet_gateway;

-- Asks the workers to try it again, once: what is asked for again stays as it is.
--   REPLAYING, REPLAYED   so it is now
--   NOT_FOUND
--   DELETED               it was deleted
--   CUT                   not all of it was kept
CREATE FUNCTION replay_dead_letter(p_dead_letter_id uuid, p_by text, p_trace_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_letter dead_letters;
BEGIN
  SELECT * INTO v_letter FROM dead_letters WHERE dead_letter_id = p_dead_letter_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_letter.status <> 'WAITING' THEN
    RETURN v_letter.status;
  END IF;
  IF v_letter.payload_bytes > octet_length(v_letter.payload) THEN
    RETURN 'CUT';
  END IF;
  UPDATE dead_letters SET status = 'REPLAYING' WHERE dead_letter_id = p_dead_letter_id;
  PERFORM record_act(p_by, 'DEAD_LETTER_REPLAY_REQUESTED', p_dead_letter_id::text, NULL,
                     jsonb_build_object('queue', v_letter.queue, 'messageId', v_letter.message_id), NULL, p_trace_id);
  RETURN 'REPLAYING';
END $$;

-- Deletes one that nobody tries again.
--   DELETED     so it is now
--   NOT_FOUND
--   REPLAYING, REPLAYED   it is tried again, or was
CREATE FUNCTION delete_dead_letter(p_dead_letter_id uuid, p_by text, p_trace_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_letter dead_letters;
BEGIN
  SELECT * INTO v_letter FROM dead_letters WHERE dead_letter_id = p_dead_letter_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_letter.status <> 'WAITING' THEN
    RETURN v_letter.status;
  END IF;
  UPDATE dead_letters SET status = 'DELETED' WHERE dead_letter_id = p_dead_letter_id;
  PERFORM record_act(p_by, 'DEAD_LETTER_DELETED', p_dead_letter_id::text,
                     jsonb_build_object('queue', v_letter.queue, 'messageId', v_letter.message_id, 'attempts', v_letter.attempts), NULL, NULL,
                     p_trace_id);
  RETURN 'DELETED';
END $$;

REVOKE EXECUTE ON FUNCTION replay_dead_letter, delete_dead_letter FROM PUBLIC;
GRANT EXECUTE ON FUNCTION replay_dead_letter, delete_dead_letter TO wallet_gateway;
