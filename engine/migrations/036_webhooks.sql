-- Up Migration

SET LOCAL lock_timeout = '3s';

-- Webhooks: who wants events sent to an address, and what became of each.
--
-- webhooks            an endpoint. ACTIVE: deliveries go out. PAUSED: they wait, and go out oldest first once it is ACTIVE again.
--                     DISABLED: none are made, and what waits goes nowhere. `status_by` is `platform` where the workers stopped it, and
--                     `status_reason` says why. A deleted one keeps its row (`deleted_at`), without secrets.
-- webhook_secrets     what it is signed with: all that have not expired sign. The workers alone can read them; whoever creates or
--                     rotates one has made it himself (`whsec_` and base64 of 24 random bytes or more), and shows it once.
-- webhook_events      the JSON that is sent, once for all endpoints; it goes with the last delivery of it.
-- webhook_deliveries  an event for an endpoint: PENDING, DELIVERED, FAILED (given up). `origin` is the nil UUID for what came as it
--                     happened, else the replay; an event is there once for each. `attempts` are the last 20:
--                     [{at, status, durationMs, error}], status and error null where there was none. While `leased_until` is in the
--                     future somebody is sending it. Ids run with time: list by (webhook_id, delivery_id).
-- webhook_replays     a range of `createdAt` that somebody wants once more; the workers make deliveries of it.
--
-- For the gateway: SELECT on all but secrets and events; create_webhook, change_webhook, rotate_webhook_secret, delete_webhook,
-- resend_webhook_delivery and replay_webhook answer a word, and write their line of the audit log in the same commit.

CREATE TABLE webhooks (
  webhook_id     uuid PRIMARY KEY,
  url            text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  -- names of types, or `*` alone: all
  event_types    text[] NOT NULL CHECK (cardinality(event_types) BETWEEN 1 AND 20),
  -- events that name one of these wallets; null: all
  wallet_ids     uuid[] CHECK (cardinality(wallet_ids) BETWEEN 1 AND 100),
  description    text CHECK (length(description) <= 500),
  status         text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'PAUSED', 'DISABLED')),
  status_reason  text CHECK (length(status_reason) <= 500),
  status_by      text NOT NULL,
  status_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- raised by every change of an operator's, for who changes what he has read
  version        int NOT NULL DEFAULT 1,
  created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  created_by     text NOT NULL,
  updated_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  deleted_at     timestamptz(3),
  -- attempts in a row that failed, and since when none has succeeded; null: the last one did
  failures       int NOT NULL DEFAULT 0,
  failing_since  timestamptz(3),
  -- it is left alone until then
  rests_until    timestamptz(3),
  -- what waited when it was resumed goes out first, by id: what lies behind the one and up to the other. Null: nothing of it is left
  backlog_after  uuid,
  backlog_to     uuid
) WITH (fillfactor = 50);
CREATE INDEX webhooks_live ON webhooks (webhook_id) WHERE deleted_at IS NULL;

CREATE TABLE webhook_secrets (
  secret_id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  webhook_id  uuid NOT NULL REFERENCES webhooks,
  secret      text NOT NULL CHECK (secret ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'),
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- null: it is the newest
  expires_at  timestamptz(3)
);
CREATE INDEX webhook_secrets_of ON webhook_secrets (webhook_id);
CREATE UNIQUE INDEX webhook_secrets_newest ON webhook_secrets (webhook_id) WHERE expires_at IS NULL;

CREATE TABLE webhook_events (
  event_id     uuid PRIMARY KEY,
  -- as text: it is sent and signed byte by byte
  payload      text NOT NULL,
  received_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_events_received ON webhook_events (received_at);

-- (No foreign keys: they would lock an endpoint's row at every event.)
CREATE TABLE webhook_deliveries (
  -- UUIDv7
  delivery_id      uuid PRIMARY KEY,
  webhook_id       uuid NOT NULL,
  event_id         uuid NOT NULL,
  event_type       text NOT NULL,
  origin           uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  status           text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED')),
  created_at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  next_attempt_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  leased_until     timestamptz(3),
  -- how often it was taken to be sent. It is the fence: what an earlier one reports is not written down
  claims           int NOT NULL DEFAULT 0,
  -- attempts that failed, since it was made or sent again: which wait comes next
  failures         int NOT NULL DEFAULT 0,
  attempts         jsonb NOT NULL DEFAULT '[]',
  ended_at         timestamptz(3),
  CHECK ((status = 'PENDING') = (ended_at IS NULL)),
  UNIQUE (event_id, webhook_id, origin)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, delivery_id);
-- What is due, and what waits, of one endpoint: however much waits for another.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE status = 'PENDING';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, delivery_id) WHERE status = 'PENDING';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE status <> 'PENDING';

CREATE TABLE webhook_replays (
  replay_id      uuid PRIMARY KEY,
  webhook_id     uuid NOT NULL REFERENCES webhooks,
  -- of events' createdAt, both inclusive
  from_at        timestamptz(3) NOT NULL,
  to_at          timestamptz(3) NOT NULL,
  requested_by   text NOT NULL,
  requested_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  status         text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DONE', 'FAILED')),
  -- up to here its deliveries are made: the batch, and the alert
  cursor_at      timestamptz,
  cursor_engine  uuid,
  cursor_batch   bigint,
  cursor_alert   bigint,
  -- deliveries that were made
  deliveries     bigint NOT NULL DEFAULT 0,
  leased_until   timestamptz(3),
  claims         int NOT NULL DEFAULT 0,
  finished_at    timestamptz(3),
  error          text CHECK (length(error) <= 500),
  CHECK (from_at <= to_at),
  CHECK ((status = 'PENDING') = (finished_at IS NULL))
);
CREATE INDEX webhook_replays_pending ON webhook_replays (requested_at) WHERE status = 'PENDING';
CREATE INDEX webhook_replays_of ON webhook_replays (webhook_id, replay_id);

-- The last event that was taken from the queue, of each partition, while there is an endpoint: what follows it with a hole was lost.
CREATE TABLE webhook_intake (
  partition  smallint PRIMARY KEY,
  sequence   bigint NOT NULL
) WITH (fillfactor = 10);

-- Whom an address calls, and no more of it: path and query may be a secret.
CREATE FUNCTION webhook_origin(p_url text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(substring(p_url from '^[A-Za-z]+://[^/?#\\]+'), '');
$$;

-- What the audit log says of one.
CREATE FUNCTION webhook_in_words(p_webhook webhooks) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object('url', webhook_origin((p_webhook).url),
    'eventTypes', (p_webhook).event_types, 'walletIds', (p_webhook).wallet_ids, 'description', (p_webhook).description,
    'status', (p_webhook).status, 'statusReason', (p_webhook).status_reason));
$$;

--   CREATED
--   TOO_MANY   there are p_max already
CREATE FUNCTION create_webhook(p_webhook_id uuid, p_url text, p_event_types text[], p_wallet_ids uuid[], p_description text,
  p_secret text, p_max int, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_webhook webhooks;
BEGIN
  -- One at a time: two that count together would both find room.
  PERFORM pg_advisory_xact_lock(hashtext('webhooks'));
  IF (SELECT count(*) FROM webhooks WHERE deleted_at IS NULL) >= p_max THEN
    RETURN 'TOO_MANY';
  END IF;
  INSERT INTO webhooks (webhook_id, url, event_types, wallet_ids, description, created_by, status_by)
    VALUES (p_webhook_id, p_url, p_event_types, p_wallet_ids, p_description, p_by, p_by) RETURNING * INTO v_webhook;
  INSERT INTO webhook_secrets (webhook_id, secret) VALUES (p_webhook_id, p_secret);
  PERFORM record_act(p_by, 'WEBHOOK_CREATED', p_webhook_id::text, NULL, webhook_in_words(v_webhook), NULL, p_trace_id);
  RETURN 'CREATED';
END $$;

-- Changes what p_change names: {url, eventTypes, walletIds, description, status}; null is a value of walletIds and description. An
-- endpoint that becomes ACTIVE is new to the world: what failed before is forgotten, and what waits goes out oldest first.
--   CHANGED    also where it was so already (nothing is written then)
--   NOT_FOUND
--   STALE      it has another version than p_version (null: any)
CREATE FUNCTION change_webhook(p_webhook_id uuid, p_version int, p_change jsonb, p_reason text, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before webhooks;
  v_after webhooks;
BEGIN
  SELECT * INTO v_before FROM webhooks WHERE webhook_id = p_webhook_id AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_before.version <> p_version THEN
    RETURN 'STALE';
  END IF;
  v_after := v_before;
  IF p_change ? 'url' THEN v_after.url := p_change->>'url'; END IF;
  IF p_change ? 'eventTypes' THEN v_after.event_types := ARRAY(SELECT jsonb_array_elements_text(p_change->'eventTypes')); END IF;
  IF p_change ? 'walletIds' THEN
    v_after.wallet_ids := CASE WHEN p_change->'walletIds' <> 'null'
      THEN ARRAY(SELECT id::uuid FROM jsonb_array_elements_text(p_change->'walletIds') AS id) END;
  END IF;
  IF p_change ? 'description' THEN v_after.description := p_change->>'description'; END IF;
  IF p_change->>'status' <> v_before.status THEN
    v_after.status := p_change->>'status';
    v_after.status_reason := p_reason;
    v_after.status_by := p_by;
    v_after.status_at := clock_timestamp();
    IF v_after.status = 'ACTIVE' THEN
      v_after.failures := 0;
      v_after.failing_since := NULL;
      v_after.rests_until := NULL;
      v_after.backlog_to := (SELECT delivery_id FROM webhook_deliveries WHERE webhook_id = p_webhook_id AND status = 'PENDING'
                              ORDER BY delivery_id DESC LIMIT 1);
      v_after.backlog_after := CASE WHEN v_after.backlog_to IS NOT NULL THEN '00000000-0000-0000-0000-000000000000'::uuid END;
    END IF;
  END IF;
  IF v_after IS NOT DISTINCT FROM v_before THEN
    RETURN 'CHANGED';
  END IF;
  UPDATE webhooks
     SET url = v_after.url, event_types = v_after.event_types, wallet_ids = v_after.wallet_ids, description = v_after.description,
         status = v_after.status, status_reason = v_after.status_reason, status_by = v_after.status_by, status_at = v_after.status_at,
         failures = v_after.failures, failing_since = v_after.failing_since, rests_until = v_after.rests_until,
         backlog_after = v_after.backlog_after, backlog_to = v_after.backlog_to, version = version + 1, updated_at = clock_timestamp()
   WHERE webhook_id = p_webhook_id;
  PERFORM record_act(p_by, 'WEBHOOK_CHANGED', p_webhook_id::text, webhook_in_words(v_before), webhook_in_words(v_after), p_reason,
                     p_trace_id);
  RETURN 'CHANGED';
END $$;

-- Signs with p_secret from now on, and with the older ones for p_keeps more.
--   ROTATED
--   NOT_FOUND
--   TOO_MANY   so many sign already: wait until one of them expires
CREATE FUNCTION rotate_webhook_secret(p_webhook_id uuid, p_secret text, p_keeps interval, p_max int, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM webhooks WHERE webhook_id = p_webhook_id AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  DELETE FROM webhook_secrets WHERE webhook_id = p_webhook_id AND expires_at <= clock_timestamp();
  IF (SELECT count(*) FROM webhook_secrets WHERE webhook_id = p_webhook_id) >= p_max THEN
    RETURN 'TOO_MANY';
  END IF;
  UPDATE webhook_secrets SET expires_at = clock_timestamp() + p_keeps WHERE webhook_id = p_webhook_id AND expires_at IS NULL;
  INSERT INTO webhook_secrets (webhook_id, secret) VALUES (p_webhook_id, p_secret);
  UPDATE webhooks SET version = version + 1, updated_at = clock_timestamp() WHERE webhook_id = p_webhook_id;
  PERFORM record_act(p_by, 'WEBHOOK_SECRET_ROTATED', p_webhook_id::text, NULL,
                     jsonb_build_object('olderOnesSignUntil', clock_timestamp() + p_keeps), NULL, p_trace_id);
  RETURN 'ROTATED';
END $$;

--   DELETED
--   NOT_FOUND
CREATE FUNCTION delete_webhook(p_webhook_id uuid, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_webhook webhooks;
BEGIN
  UPDATE webhooks SET deleted_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
   WHERE webhook_id = p_webhook_id AND deleted_at IS NULL RETURNING * INTO v_webhook;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  DELETE FROM webhook_secrets WHERE webhook_id = p_webhook_id;
  UPDATE webhook_replays SET status = 'FAILED', finished_at = clock_timestamp(), error = 'the webhook was deleted'
   WHERE webhook_id = p_webhook_id AND status = 'PENDING';
  PERFORM record_act(p_by, 'WEBHOOK_DELETED', p_webhook_id::text, webhook_in_words(v_webhook), NULL, NULL, p_trace_id);
  RETURN 'DELETED';
END $$;

-- Has it sent now, whatever became of it before, with all of its tries again.
--   RESENDING   once the endpoint is ACTIVE
--   NOT_FOUND   or its endpoint was deleted
--   DISABLED    its endpoint is
CREATE FUNCTION resend_webhook_delivery(p_delivery_id uuid, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_delivery webhook_deliveries;
  v_status text;
BEGIN
  SELECT * INTO v_delivery FROM webhook_deliveries WHERE delivery_id = p_delivery_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  SELECT status INTO v_status FROM webhooks WHERE webhook_id = v_delivery.webhook_id AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_status = 'DISABLED' THEN
    RETURN 'DISABLED';
  END IF;
  -- What is being sent this moment is left to it: `next_attempt_at` is the end of its lease.
  IF v_delivery.status <> 'PENDING' OR coalesce(v_delivery.leased_until, '-infinity') <= clock_timestamp() THEN
    UPDATE webhook_deliveries SET status = 'PENDING', ended_at = NULL, failures = 0, leased_until = NULL, next_attempt_at = clock_timestamp()
     WHERE delivery_id = p_delivery_id;
  END IF;
  PERFORM record_act(p_by, 'WEBHOOK_DELIVERY_RESENT', p_delivery_id::text, jsonb_build_object('status', v_delivery.status),
                     jsonb_build_object('webhookId', v_delivery.webhook_id, 'eventId', v_delivery.event_id), NULL, p_trace_id);
  RETURN 'RESENDING';
END $$;

-- Asks for what was created in a range once more, as deliveries of their own.
--   REPLAYING
--   NOT_FOUND
--   DISABLED   the endpoint is
--   TOO_MANY   so many of this endpoint wait already
CREATE FUNCTION replay_webhook(p_replay_id uuid, p_webhook_id uuid, p_from timestamptz, p_to timestamptz, p_pending_max int, p_by text,
  p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_status text;
BEGIN
  SELECT status INTO v_status FROM webhooks WHERE webhook_id = p_webhook_id AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_status = 'DISABLED' THEN
    RETURN 'DISABLED';
  END IF;
  IF (SELECT count(*) FROM webhook_replays WHERE webhook_id = p_webhook_id AND status = 'PENDING') >= p_pending_max THEN
    RETURN 'TOO_MANY';
  END IF;
  INSERT INTO webhook_replays (replay_id, webhook_id, from_at, to_at, requested_by) VALUES (p_replay_id, p_webhook_id, p_from, p_to, p_by);
  PERFORM record_act(p_by, 'WEBHOOK_REPLAY_REQUESTED', p_webhook_id::text, NULL,
                     jsonb_build_object('replayId', p_replay_id, 'from', p_from, 'to', p_to), NULL, p_trace_id);
  RETURN 'REPLAYING';
END $$;

-- For the workers: stops an endpoint that is ACTIVE, with a line of the audit log. False: it is not, or p_url, which was called, is its
-- address no more.
CREATE FUNCTION stop_webhook(p_webhook_id uuid, p_url text, p_status text, p_reason text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_webhook webhooks;
BEGIN
  IF p_status NOT IN ('PAUSED', 'DISABLED') THEN
    RAISE EXCEPTION 'nothing stops by becoming %', p_status USING ERRCODE = '22023';
  END IF;
  UPDATE webhooks SET status = p_status, status_reason = p_reason, status_by = 'platform', status_at = clock_timestamp(),
         version = version + 1, updated_at = clock_timestamp(), backlog_after = NULL, backlog_to = NULL
   WHERE webhook_id = p_webhook_id AND url = p_url AND status = 'ACTIVE' AND deleted_at IS NULL RETURNING * INTO v_webhook;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM record_act('platform', 'WEBHOOK_' || p_status, p_webhook_id::text, NULL, webhook_in_words(v_webhook), p_reason, NULL);
  RETURN true;
END $$;

-- For the workers: takes what is due, of each endpoint that has room for it. p_rooms are those of p_webhook_ids, p_room is anybody else's.
-- The settings leave the indexes as the only way, whatever the statistics.
CREATE FUNCTION claim_webhook_deliveries(p_webhook_ids uuid[], p_rooms int[], p_room int, p_lease interval)
RETURNS TABLE (delivery_id uuid, claim int) LANGUAGE plpgsql
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  v_webhook record;
  v_ids uuid[];
  v_last uuid;
BEGIN
  FOR v_webhook IN
    SELECT w.webhook_id, w.backlog_after, w.backlog_to, coalesce(r.room, p_room) AS room
      FROM webhooks w LEFT JOIN unnest(p_webhook_ids, p_rooms) AS r (id, room) ON r.id = w.webhook_id
     WHERE w.deleted_at IS NULL AND w.status = 'ACTIVE' AND coalesce(r.room, p_room) > 0
       AND (w.rests_until IS NULL OR w.rests_until <= statement_timestamp())
  LOOP
    IF v_webhook.backlog_to IS NULL THEN
      v_ids := ARRAY(
        SELECT d.delivery_id FROM webhook_deliveries d
         WHERE d.webhook_id = v_webhook.webhook_id AND d.status = 'PENDING' AND d.next_attempt_at <= statement_timestamp()
         ORDER BY d.next_attempt_at LIMIT v_webhook.room FOR UPDATE SKIP LOCKED);
    ELSE
      -- Two workers at once would both move its mark.
      CONTINUE WHEN NOT EXISTS (SELECT FROM webhooks w WHERE w.webhook_id = v_webhook.webhook_id
                                 AND w.backlog_after = v_webhook.backlog_after FOR NO KEY UPDATE SKIP LOCKED);
      v_ids := ARRAY(
        SELECT d.delivery_id FROM webhook_deliveries d
         WHERE d.webhook_id = v_webhook.webhook_id AND d.status = 'PENDING'
           AND d.delivery_id > v_webhook.backlog_after AND d.delivery_id <= v_webhook.backlog_to
         ORDER BY d.delivery_id LIMIT v_webhook.room FOR UPDATE SKIP LOCKED);
      v_last := v_ids[cardinality(v_ids)];
      UPDATE webhooks w SET backlog_after = CASE WHEN cardinality(v_ids) = v_webhook.room THEN v_last END,
             backlog_to = CASE WHEN cardinality(v_ids) = v_webhook.room THEN w.backlog_to END
       WHERE w.webhook_id = v_webhook.webhook_id;
      -- One of them may be on its way since before: its lease runs.
      v_ids := ARRAY(SELECT d.delivery_id FROM webhook_deliveries d
                      WHERE d.delivery_id = ANY (v_ids) AND coalesce(d.leased_until, '-infinity') <= statement_timestamp());
    END IF;
    CONTINUE WHEN cardinality(v_ids) = 0;
    RETURN QUERY
      UPDATE webhook_deliveries d
         SET claims = d.claims + 1, leased_until = clock_timestamp() + p_lease, next_attempt_at = clock_timestamp() + p_lease
       WHERE d.delivery_id = ANY (v_ids) RETURNING d.delivery_id, d.claims;
  END LOOP;
END $$;

GRANT SELECT ON webhooks, webhook_deliveries, webhook_replays, webhook_intake TO wallet_workers, wallet_gateway, wallet_audit;
GRANT SELECT ON webhook_secrets, webhook_events TO wallet_workers;
GRANT UPDATE (failures, failing_since, rests_until, backlog_after, backlog_to) ON webhooks TO wallet_workers;
GRANT DELETE ON webhook_secrets, webhook_replays TO wallet_workers;
GRANT INSERT, UPDATE, DELETE ON webhook_events, webhook_deliveries, webhook_intake TO wallet_workers;
GRANT UPDATE (status, cursor_at, cursor_engine, cursor_batch, cursor_alert, deliveries, leased_until, claims, finished_at, error)
  ON webhook_replays TO wallet_workers;
GRANT INSERT (partition, from_sequence, to_sequence, requested_by) ON event_replays TO wallet_workers;

REVOKE EXECUTE ON FUNCTION webhook_origin, webhook_in_words, create_webhook, change_webhook, rotate_webhook_secret, delete_webhook,
  resend_webhook_delivery, replay_webhook, stop_webhook, claim_webhook_deliveries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_webhook, change_webhook, rotate_webhook_secret, delete_webhook, resend_webhook_delivery, replay_webhook
  TO wallet_gateway;
GRANT EXECUTE ON FUNCTION stop_webhook, claim_webhook_deliveries, webhook_origin TO wallet_workers;
