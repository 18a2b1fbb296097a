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
