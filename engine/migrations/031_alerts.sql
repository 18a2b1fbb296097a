-- Up Migration

SET LOCAL lock_timeout = '3s';

-- Which alerts there are, and when each fires: at value >= threshold, in the unit of its type. A window or a minimum sample that
-- means nothing to a type is kept and ignored.
CREATE TABLE alert_configurations (
  config_id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  alert_type       varchar(50) NOT NULL UNIQUE,
  threshold        numeric(14,4) NOT NULL CHECK (threshold > 0),
  window_minutes   int NOT NULL CHECK (window_minutes BETWEEN 1 AND 1440),
  -- fewer in the window say nothing
  minimum_sample   int NOT NULL CHECK (minimum_sample >= 0),
  severity         varchar(10) NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  -- none: the people who may act, operators and admins
  recipients       text[] NOT NULL CHECK (cardinality(recipients) <= 20),
  cooldown_minutes int NOT NULL CHECK (cooldown_minutes BETWEEN 0 AND 10080),
  enabled          boolean NOT NULL,
  updated_at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_by       text NOT NULL DEFAULT 'platform'
);
INSERT INTO alert_configurations (alert_type, threshold, window_minutes, minimum_sample, severity, recipients, cooldown_minutes, enabled)
VALUES
  ('FAILURE_RATE', 5, 5, 20, 'CRITICAL', '{}', 15, true),
  ('LEDGER_INCONSISTENCY', 1, 60, 0, 'CRITICAL', '{}', 60, true),
  ('REPEATED_DUPLICATES', 100, 5, 0, 'WARNING', '{}', 30, true),
  ('SYSTEM_ERRORS', 20, 5, 0, 'CRITICAL', '{}', 15, true),
  ('PARTITION_WITHOUT_OWNER', 10, 1, 0, 'CRITICAL', '{}', 15, true),
  ('LATENCY', 200, 5, 100, 'WARNING', '{}', 30, true),
  ('RELAY_LAG', 60, 1, 0, 'WARNING', '{}', 30, true),
  ('DEAD_LETTERS', 1, 60, 0, 'WARNING', '{}', 60, true),
  ('WALLET_DRAIN', 90, 10, 10, 'WARNING', '{}', 60, true),
  ('WEBHOOK_PAUSED', 1, 60, 0, 'WARNING', '{}', 60, true),
  ('EVALUATOR_SILENT', 120, 1, 0, 'CRITICAL', '{}', 15, true);

CREATE TABLE alerts (
  alert_id              uuid PRIMARY KEY,
  alert_type            varchar(50) NOT NULL,
  -- what it is about: `platform`, a wallet, a webhook
  subject               text NOT NULL,
  severity              varchar(10) NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  status                varchar(20) NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'ACKNOWLEDGED', 'RESOLVED')),
  recipients            text[] NOT NULL,
  message               text NOT NULL,
  details               jsonb NOT NULL,
  -- the latest that fired
  value                 numeric NOT NULL,
  threshold             numeric NOT NULL,
  -- notifications so far: the number of the next one is part of its mails' keys
  notifications         int NOT NULL DEFAULT 0,
  -- the mails of the last one
  mail_keys             text[] NOT NULL DEFAULT '{}',
  -- told by mail that it fires, since it was raised or got worse
  is_told               boolean NOT NULL DEFAULT false,
  -- when it was last mailed that this alert fires; null: never
  mailed_at             timestamptz(3),
  created_at            timestamptz(3) NOT NULL,
  sent_at               timestamptz(3),
  acknowledged_at       timestamptz(3),
  acknowledged_by       text,
  acknowledged_note     text,
  -- it is silent until it gets worse than this
  acknowledged_value    numeric,
  acknowledged_severity varchar(10),
  -- since when it does not fire any more; null: it does
  quiet_since           timestamptz(3),
  resolved_at           timestamptz(3),
  updated_at            timestamptz(3) NOT NULL,
  CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
  CHECK (status <> 'ACKNOWLEDGED' OR (acknowledged_at IS NOT NULL AND acknowledged_value IS NOT NULL AND acknowledged_severity IS NOT NULL))
);
CREATE UNIQUE INDEX alerts_open ON alerts (alert_type, subject) WHERE status <> 'RESOLVED';
CREATE INDEX alerts_created ON alerts (created_at, alert_id);

-- What happened to an alert, in order. Never changed.
CREATE TABLE alert_history (
  history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id   uuid NOT NULL REFERENCES alerts,
  at         timestamptz(3) NOT NULL,
  event      varchar(30) NOT NULL CHECK (event IN
    ('RAISED', 'NOTIFIED', 'ESCALATED', 'WORSENED', 'ACKNOWLEDGED', 'RESOLVED', 'RESOLVED_NOTIFIED')),
  severity   varchar(10) NOT NULL,
  value      numeric NOT NULL,
  threshold  numeric NOT NULL,
  by         text,
  note       text
);
CREATE INDEX alert_history_alert ON alert_history (alert_id, history_id);

-- What outlives a resolved alert, by type and subject: the cooldown, and what people were last told. Gone once nothing of it matters.
CREATE TABLE alert_keys (
  alert_type            varchar(50) NOT NULL,
  subject               text NOT NULL,
  -- the last mail that said that it fires
  mailed_at             timestamptz(3),
  mailed_severity       varchar(10),
  -- the alert that people believe to be firing: they are owed a mail when it is over
  told_alert_id         uuid REFERENCES alerts,
  -- an acknowledgement that holds although its alert was resolved
  acknowledged_by       text,
  acknowledged_value    numeric,
  acknowledged_severity varchar(10),
  acknowledged_until    timestamptz(3),
  PRIMARY KEY (alert_type, subject)
);

-- One evaluator at a time: every commit of one begins by updating this row with its epoch, so that a stale one writes nothing.
CREATE TABLE alert_evaluator (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  holder         uuid,
  holder_name    text,
  epoch          bigint NOT NULL DEFAULT 0,
  leased_until   timestamptz(3) NOT NULL DEFAULT '-infinity',
  -- the end of its last evaluation; null: there never was one
  beat_at        timestamptz(3),
  every_seconds  int NOT NULL DEFAULT 20,
  -- of the last row of alert_events
  event_sequence bigint NOT NULL DEFAULT 0
);
INSERT INTO alert_evaluator DEFAULT VALUES;

-- What subscribers hear of alerts: written with the alert, dense, and published afterwards.
CREATE TABLE alert_events (
  sequence     bigint PRIMARY KEY,
  event_id     uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  type         varchar(30) NOT NULL CHECK (type IN ('alert.raised', 'alert.resolved')),
  occurred_at  timestamptz(3) NOT NULL,
  data         jsonb NOT NULL,
  published_at timestamptz(3)
);
CREATE INDEX alert_events_unpublished ON alert_events (sequence) WHERE published_at IS NULL;

-- Somebody wants to see whether the mail arrives.
CREATE TABLE alert_tests (
  test_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  alert_type   varchar(50) NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL,
  done_at      timestamptz(3)
);
CREATE INDEX alert_tests_open ON alert_tests (requested_at) WHERE done_at IS NULL;

-- What no batch knows, by second and gateway: a second is written once, when it is over. Kept for two days.
CREATE TABLE gateway_seconds (
  second           timestamptz(0) NOT NULL,
  gateway_id       uuid NOT NULL,
  requests         int NOT NULL,
  -- answered from an earlier outcome of the same key
  replays          int NOT NULL,
  -- 5xx answers, those of the next two too
  errors           int NOT NULL,
  not_done         int NOT NULL,
  outcome_unknown  int NOT NULL,
  PRIMARY KEY (second, gateway_id)
);

-- What each gateway sees: {"<partition>": seconds without a live owner}.
CREATE TABLE gateway_views (
  gateway_id uuid PRIMARY KEY,
  said_at    timestamptz(3) NOT NULL,
  unowned    jsonb NOT NULL
);

GRANT SELECT ON alert_configurations, alerts, alert_history, alert_keys, alert_evaluator, alert_events, alert_tests, gateway_seconds,
  gateway_views TO wallet_workers, wallet_audit;
GRANT INSERT, UPDATE ON alerts, alert_keys, alert_events TO wallet_workers;
GRANT DELETE ON alert_keys TO wallet_workers;
GRANT INSERT ON alert_history TO wallet_workers;
GRANT UPDATE ON alert_evaluator TO wallet_workers;
GRANT UPDATE (done_at) ON alert_tests TO wallet_workers;
GRANT SELECT ON alert_configurations, alerts, alert_history, alert_evaluator, gateway_seconds, gateway_views TO wallet_gateway;

-- A time as the API writes it.
CREATE FUNCTION api_time(p_at timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- An alert as events tell it: as GET /api/alerts/{id} does.
CREATE FUNCTION alert_event_data(p_alert alerts) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('alertId', (p_alert).alert_id, 'alertType', (p_alert).alert_type, 'subject', (p_alert).subject,
    'severity', (p_alert).severity, 'status', (p_alert).status, 'message', (p_alert).message, 'value', (p_alert).value,
    'threshold', (p_alert).threshold, 'recipients', (p_alert).recipients, 'details', (p_alert).details,
    'createdAt', api_time((p_alert).created_at), 'sentAt', api_time((p_alert).sent_at),
    'acknowledgedAt', api_time((p_alert).acknowledged_at), 'acknowledgedBy', (p_alert).acknowledged_by,
    'resolvedAt', api_time((p_alert).resolved_at))
$$;

-- The next event. The evaluator's row, which is locked first of all, keeps the sequence dense.
CREATE FUNCTION append_alert_event(p_type text, p_alert alerts, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE v_sequence bigint;
BEGIN
  UPDATE alert_evaluator SET event_sequence = event_sequence + 1 RETURNING event_sequence INTO v_sequence;
  INSERT INTO alert_events (sequence, type, occurred_at, data) VALUES (v_sequence, p_type, p_at, alert_event_data(p_alert));
END $$;

-- NOT_FOUND, RESOLVED, or ACKNOWLEDGED, now or before.
CREATE FUNCTION acknowledge_alert(p_alert_id uuid, p_by text, p_note text, p_trace_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_alert alerts;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_alert FROM alerts WHERE alert_id = p_alert_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_alert.status IN ('RESOLVED', 'ACKNOWLEDGED') THEN
    RETURN v_alert.status;
  END IF;
  v_now := clock_timestamp();
  UPDATE alerts SET status = 'ACKNOWLEDGED', acknowledged_at = v_now, acknowledged_by = p_by, acknowledged_note = p_note,
      acknowledged_value = value, acknowledged_severity = severity, updated_at = v_now
   WHERE alert_id = p_alert_id;
  INSERT INTO alert_history (alert_id, at, event, severity, value, threshold, by, note)
  VALUES (p_alert_id, v_now, 'ACKNOWLEDGED', v_alert.severity, v_alert.value, v_alert.threshold, p_by, p_note);
  PERFORM record_act(p_by, 'ALERT_ACKNOWLEDGED', p_alert_id::text, jsonb_build_object('status', v_alert.status),
    jsonb_build_object('status', 'ACKNOWLEDGED', 'alertType', v_alert.alert_type, 'subject', v_alert.subject), p_note, p_trace_id);
  RETURN 'ACKNOWLEDGED';
END $$;

-- A configuration as the audit log shows it.
CREATE FUNCTION alert_configuration_facts(p_config alert_configurations) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('threshold', (p_config).threshold, 'windowMinutes', (p_config).window_minutes,
    'minimumSample', (p_config).minimum_sample, 'severity', (p_config).severity, 'recipients', (p_config).recipients,
    'cooldownMinutes', (p_config).cooldown_minutes, 'enabled', (p_config).enabled)
$$;

-- Adds or replaces the configuration of a type. p_minimum_sample null: as it is, 0 where there is none.
CREATE FUNCTION configure_alert(p_alert_type text, p_threshold numeric, p_window_minutes int, p_minimum_sample int, p_severity text,
  p_recipients text[], p_cooldown_minutes int, p_enabled boolean, p_by text, p_trace_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before alert_configurations;
  v_after alert_configurations;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('alert_configurations'));
  SELECT * INTO v_before FROM alert_configurations WHERE alert_type = p_alert_type;
  INSERT INTO alert_configurations AS c (alert_type, threshold, window_minutes, minimum_sample, severity, recipients, cooldown_minutes,
      enabled, updated_at, updated_by)
    VALUES (p_alert_type, p_threshold, p_window_minutes, coalesce(p_minimum_sample, 0), p_severity, p_recipients, p_cooldown_minutes,
      p_enabled, clock_timestamp(), p_by)
  ON CONFLICT (alert_type) DO UPDATE SET threshold = EXCLUDED.threshold, window_minutes = EXCLUDED.window_minutes,
      minimum_sample = coalesce(p_minimum_sample, c.minimum_sample), severity = EXCLUDED.severity, recipients = EXCLUDED.recipients,
      cooldown_minutes = EXCLUDED.cooldown_minutes, enabled = EXCLUDED.enabled, updated_at = EXCLUDED.updated_at,
      updated_by = EXCLUDED.updated_by
    RETURNING * INTO v_after;
  PERFORM record_act(p_by, 'ALERT_CONFIGURED', p_alert_type,
    CASE WHEN v_before.config_id IS NULL THEN NULL ELSE alert_configuration_facts(v_before) END, alert_configuration_facts(v_after),
    NULL, p_trace_id);
END $$;

-- Commits the wish for a test mail. False: there is no such type.
CREATE FUNCTION request_alert_test(p_alert_type text, p_by text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM alert_configurations WHERE alert_type = p_alert_type) THEN
    RETURN false;
  END IF;
  INSERT INTO alert_tests (alert_type, requested_by, requested_at) VALUES (p_alert_type, p_by, clock_timestamp());
  PERFORM record_act(p_by, 'ALERT_TESTED', p_alert_type, NULL, NULL, NULL, p_trace_id);
  RETURN true;
END $$;

-- Raises EVALUATOR_SILENT when nobody judged alerts for as long as its threshold says (and for two rounds at least). Whoever of the
-- gateways comes first raises it; its mail goes out when an evaluator is back. True: by this call. p_message has {seconds}.
CREATE FUNCTION raise_evaluator_silent(p_alert_id uuid, p_message text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_config alert_configurations;
  v_evaluator alert_evaluator;
  v_seconds numeric;
  v_alert alerts;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_config FROM alert_configurations WHERE alert_type = 'EVALUATOR_SILENT' AND enabled;
  SELECT * INTO v_evaluator FROM alert_evaluator;
  v_seconds := floor(extract(epoch FROM clock_timestamp() - v_evaluator.beat_at));
  -- Mostly so: nothing is locked.
  IF v_config.config_id IS NULL OR v_seconds IS NULL OR v_seconds < greatest(v_config.threshold, 2 * v_evaluator.every_seconds)
     OR EXISTS (SELECT FROM alerts WHERE alert_type = 'EVALUATOR_SILENT' AND subject = 'platform' AND status <> 'RESOLVED') THEN
    RETURN false;
  END IF;
  SELECT * INTO v_evaluator FROM alert_evaluator FOR UPDATE;
  v_now := clock_timestamp();
  v_seconds := floor(extract(epoch FROM v_now - v_evaluator.beat_at));
  IF v_seconds < greatest(v_config.threshold, 2 * v_evaluator.every_seconds) THEN
    RETURN false;
  END IF;
  INSERT INTO alerts (alert_id, alert_type, subject, severity, recipients, message, details, value, threshold, created_at, updated_at)
  VALUES (p_alert_id, 'EVALUATOR_SILENT', 'platform', v_config.severity, v_config.recipients,
      replace(p_message, '{seconds}', v_seconds::text), jsonb_build_object('lastEvaluationAt', v_evaluator.beat_at,
      'holder', v_evaluator.holder_name), v_seconds, v_config.threshold, v_now, v_now)
  ON CONFLICT DO NOTHING RETURNING * INTO v_alert;
  IF v_alert.alert_id IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO alert_history (alert_id, at, event, severity, value, threshold, by)
  VALUES (p_alert_id, v_now, 'RAISED', v_alert.severity, v_alert.value, v_alert.threshold, 'gateway');
  PERFORM append_alert_event('alert.raised', v_alert, v_now);
  RETURN true;
END $$;

-- Seconds that are over, each written once however often it is sent: [[unix second, requests, replays, errors, not done, unknown]].
CREATE FUNCTION record_gateway_seconds(p_gateway_id uuid, p_seconds jsonb, p_unowned jsonb, p_prune boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO gateway_seconds (second, gateway_id, requests, replays, errors, not_done, outcome_unknown)
    SELECT to_timestamp((one->>0)::bigint), p_gateway_id, (one->>1)::int, (one->>2)::int, (one->>3)::int, (one->>4)::int, (one->>5)::int
      FROM jsonb_array_elements(p_seconds) AS one
  ON CONFLICT DO NOTHING;
  INSERT INTO gateway_views (gateway_id, said_at, unowned) VALUES (p_gateway_id, clock_timestamp(), p_unowned)
  ON CONFLICT (gateway_id) DO UPDATE SET said_at = EXCLUDED.said_at, unowned = EXCLUDED.unowned;
  IF p_prune THEN
    DELETE FROM gateway_seconds WHERE second < now() - interval '2 days';
    DELETE FROM gateway_views WHERE said_at < now() - interval '1 hour';
  END IF;
END $$;

REVOKE EXECUTE ON FUNCTION alert_event_data, append_alert_event, acknowledge_alert, alert_configuration_facts, configure_alert,
  request_alert_test, raise_evaluator_silent, record_gateway_seconds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_alert_event, alert_event_data TO wallet_workers;
GRANT EXECUTE ON FUNCTION acknowledge_alert, configure_alert, request_alert_test, raise_evaluator_silent, record_gateway_seconds
  TO wallet_gateway;
