-- Up Migration

-- When each job is due next, as the workers that know it say. A job that no worker knows any more stays listed until it is deleted here.
CREATE TABLE job_schedules (
  job         text PRIMARY KEY CHECK (job ~ '^[a-z][a-z0-9-]{0,39}$'),
  cron        text NOT NULL,
  time_zone   text NOT NULL,
  next_due_at timestamptz(3) NOT NULL
);

-- What was run, and what runs. A slot of a job is run once: by attempts that follow each other, of which only the newest may write.
CREATE TABLE job_runs (
  run_id       uuid PRIMARY KEY,
  job          text NOT NULL REFERENCES job_schedules ON DELETE CASCADE,
  -- its slot; of a run by hand, when it was asked for
  due_at       timestamptz(3) NOT NULL,
  -- by hand
  requested_by text,
  status       text NOT NULL DEFAULT 'RUNNING' CHECK (status IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
  -- the fence; 0: no worker has taken it yet
  attempt      int NOT NULL DEFAULT 0,
  -- attempts, but for those that were handed back by a worker that stopped
  tries        int NOT NULL DEFAULT 0,
  worker       text,
  -- While it is RUNNING: from then on it is anybody's. The attempt that is at it moves this on with each beat.
  claimable_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- of the first attempt
  started_at   timestamptz(3),
  finished_at  timestamptz(3),
  progress     jsonb,
  result       jsonb,
  -- of the newest attempt that failed
  error        text,
  UNIQUE (job, due_at),
  CHECK ((status = 'RUNNING') = (finished_at IS NULL))
) WITH (fillfactor = 50);
-- One at a time of each job, whoever asks for another.
CREATE UNIQUE INDEX job_runs_running ON job_runs (job) WHERE status = 'RUNNING';

GRANT SELECT, INSERT, UPDATE, DELETE ON job_schedules, job_runs TO wallet_workers;
GRANT SELECT ON job_schedules, job_runs TO wallet_gateway, wallet_audit;

-- Asks for a run of a job, now:
--   ASKED      a worker takes it within a second or two
--   RUNNING    run_id is at it already
--   NOT_FOUND  there is no such job
CREATE FUNCTION request_job_run(p_run_id uuid, p_job text, p_by text, p_trace_id text, OUT outcome text, OUT run_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM job_schedules s WHERE s.job = p_job;
  IF NOT FOUND THEN
    outcome := 'NOT_FOUND';
    RETURN;
  END IF;
  LOOP
    INSERT INTO job_runs (run_id, job, due_at, requested_by) VALUES (p_run_id, p_job, clock_timestamp(), p_by)
      ON CONFLICT DO NOTHING;
    IF FOUND THEN
      PERFORM record_act(p_by, 'JOB_RUN_REQUESTED', p_job, NULL, jsonb_build_object('runId', p_run_id), NULL, p_trace_id);
      outcome := 'ASKED';
      run_id := p_run_id;
      RETURN;
    END IF;
    SELECT r.run_id INTO request_job_run.run_id FROM job_runs r WHERE r.job = p_job AND r.status = 'RUNNING';
    IF FOUND THEN
      outcome := 'RUNNING';
      RETURN;
    END IF;
    -- It ended meanwhile.
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION request_job_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_job_run TO wallet_gateway;

-- Who gets the digest, when by their own clock. Replaced as a whole.
CREATE TABLE digest_recipients (
  email      text PRIMARY KEY,
  name       text,
  time_zone  text NOT NULL,
  frequency  text NOT NULL CHECK (frequency IN ('DAILY', 'WEEKLY')),
  at         text NOT NULL CHECK (at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  -- digests that were due before are none of theirs
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- A digest is written down before it is made, and again with its mail: it is sent once.
CREATE TABLE digests (
  digest_id    uuid PRIMARY KEY,
  email        text NOT NULL,
  frequency    text NOT NULL CHECK (frequency IN ('DAILY', 'WEEKLY')),
  -- its last day, in the zone
  digest_date  date NOT NULL,
  time_zone    text NOT NULL,
  -- by hand
  requested_by text,
  status       text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'FAILED')),
  tries        int NOT NULL DEFAULT 0,
  error        text,
  created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  sent_at      timestamptz(3),
  CHECK ((status = 'SENT') = (sent_at IS NOT NULL))
);
CREATE UNIQUE INDEX digests_once ON digests (email, frequency, digest_date) WHERE requested_by IS NULL;
CREATE INDEX digests_pending ON digests (created_at) WHERE status = 'PENDING';

-- Every summary that was made. The newest of a day is the one that is shown.
CREATE TABLE ai_summaries (
  summary_id   uuid PRIMARY KEY,
  summary_date date NOT NULL,
  -- AI, or FALLBACK: the plain one
  summary_type varchar(50) NOT NULL,
  content      text NOT NULL,
  facts        jsonb NOT NULL,
  model        text,
  -- why it is the plain one
  reason       text,
  created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ai_summaries_date ON ai_summaries (summary_date, summary_id);

-- What is asked for: it stays until a summary is there.
CREATE TABLE summary_requests (
  request_id   uuid PRIMARY KEY,
  summary_date date NOT NULL,
  -- null: the schedule, which asks once a day
  requested_by text,
  requested_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- a message that names it is at the broker; after this time it may have been lost
  queued_until timestamptz(3),
  -- somebody is at it
  taken_until  timestamptz(3),
  summary_id   uuid REFERENCES ai_summaries
);
CREATE UNIQUE INDEX summary_requests_scheduled ON summary_requests (summary_date) WHERE requested_by IS NULL;
CREATE INDEX summary_requests_open ON summary_requests (requested_at) WHERE summary_id IS NULL;

-- What the model was given to read and to write, in its tokens. A restart forgets nothing of it.
CREATE TABLE model_days (
  day    date PRIMARY KEY,
  tokens bigint NOT NULL
);

-- Sets tokens apart before they are used. False: the day's or the month's are used up.
CREATE FUNCTION reserve_model_tokens(p_tokens bigint, p_day_max bigint, p_month_max bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_day date;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('model_days'));
  v_day := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  IF coalesce((SELECT tokens FROM model_days WHERE day = v_day), 0) + p_tokens > p_day_max
     OR coalesce((SELECT sum(tokens) FROM model_days WHERE day >= date_trunc('month', v_day)), 0) + p_tokens > p_month_max THEN
    RETURN false;
  END IF;
  INSERT INTO model_days AS d (day, tokens) VALUES (v_day, p_tokens) ON CONFLICT (day) DO UPDATE SET tokens = d.tokens + p_tokens;
  RETURN true;
END $$;

GRANT SELECT, INSERT ON ai_summaries TO wallet_workers;
GRANT SELECT, INSERT, UPDATE ON digests, summary_requests, model_days TO wallet_workers;
GRANT SELECT ON digest_recipients TO wallet_workers;
GRANT SELECT ON digest_recipients, digests, ai_summaries, summary_requests TO wallet_gateway, wallet_audit;

CREATE FUNCTION digest_recipients_json() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('email', email, 'name', name, 'timeZone', time_zone,
                                                                 'frequency', frequency, 'at', at)) ORDER BY email), '[]')
    FROM digest_recipients;
$$;

-- Replaces all recipients. False: the database does not know one of the zones, and nothing is changed.
CREATE FUNCTION replace_digest_recipients(p_items jsonb, p_by text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_before jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('digest_recipients'));
  IF EXISTS (SELECT FROM jsonb_array_elements(p_items) AS one
              WHERE NOT EXISTS (SELECT FROM pg_timezone_names WHERE lower(name) = lower(one->>'timeZone'))) THEN
    RETURN false;
  END IF;
  v_before := digest_recipients_json();
  DELETE FROM digest_recipients WHERE email NOT IN (SELECT one->>'email' FROM jsonb_array_elements(p_items) AS one);
  INSERT INTO digest_recipients AS r (email, name, time_zone, frequency, at)
    SELECT one->>'email', one->>'name', one->>'timeZone', one->>'frequency', one->>'at' FROM jsonb_array_elements(p_items) AS one
  ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, frequency = EXCLUDED.frequency,
    at = EXCLUDED.at, created_at = CASE WHEN (r.time_zone, r.frequency, r.at) = (EXCLUDED.time_zone, EXCLUDED.frequency, EXCLUDED.at)
                                        THEN r.created_at ELSE clock_timestamp() END;
  PERFORM record_act(p_by, 'DIGEST_RECIPIENTS_CHANGED', 'digests', jsonb_build_object('items', v_before),
                     jsonb_build_object('items', digest_recipients_json()), NULL, p_trace_id);
  RETURN true;
END $$;

-- A digest of a day for one reader, soon; p_date null: yesterday, in the reader's zone. False: the day has not begun.
CREATE FUNCTION request_digest(p_digest_id uuid, p_email text, p_date date, p_by text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_zone text := coalesce((SELECT time_zone FROM digest_recipients WHERE email = p_email), 'UTC');
  v_today date := (clock_timestamp() AT TIME ZONE v_zone)::date;
BEGIN
  IF p_date > v_today THEN
    RETURN false;
  END IF;
  INSERT INTO digests (digest_id, email, frequency, digest_date, time_zone, requested_by)
  VALUES (p_digest_id, p_email, 'DAILY', coalesce(p_date, v_today - 1), v_zone, p_by);
  PERFORM record_act(p_by, 'DIGEST_REQUESTED', p_digest_id::text, NULL,
                     jsonb_build_object('email', p_email, 'date', coalesce(p_date, v_today - 1)), NULL, p_trace_id);
  RETURN true;
END $$;

-- A summary of a day in UTC, soon. False: the day has not begun.
CREATE FUNCTION request_summary(p_request_id uuid, p_date date, p_by text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_date > (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
    RETURN false;
  END IF;
  INSERT INTO summary_requests (request_id, summary_date, requested_by) VALUES (p_request_id, p_date, p_by);
  PERFORM record_act(p_by, 'SUMMARY_REQUESTED', p_date::text, NULL, jsonb_build_object('requestId', p_request_id), NULL, p_trace_id);
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION reserve_model_tokens, digest_recipients_json, replace_digest_recipients, request_digest, request_summary
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reserve_model_tokens TO wallet_workers;
GRANT EXECUTE ON FUNCTION replace_digest_recipients, request_digest, request_summary TO wallet_gateway;
