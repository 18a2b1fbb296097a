-- Up Migration

-- The ledger is checked against itself, and what does not hold is written down. Nothing here repairs anything.

CREATE TABLE reconciliation_runs (
  -- runs in the order they were asked for
  run_no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id       uuid NOT NULL UNIQUE,
  mode         text NOT NULL CHECK (mode IN ('incremental', 'full')),
  status       text NOT NULL DEFAULT 'REQUESTED' CHECK (status IN ('REQUESTED', 'RUNNING', 'CLEAN', 'BREAKS', 'FAILED')),
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  started_at   timestamptz(3),
  finished_at  timestamptz(3),
  -- Which try this is: the fence. What an earlier try still writes is refused. It is let go when it gave no sign of life for a while.
  attempt      int NOT NULL DEFAULT 0,
  beat_at      timestamptz(3),
  -- what it looks at (how far each engine had come when it began), and from where it goes on
  plan         jsonb,
  place        jsonb,
  -- chunks of work, for people who wait
  done         bigint NOT NULL DEFAULT 0,
  total        bigint NOT NULL DEFAULT 0,
  wallets      bigint NOT NULL DEFAULT 0,
  transactions bigint NOT NULL DEFAULT 0,
  batches      bigint NOT NULL DEFAULT 0,
  -- findings beyond what a run lists
  unlisted     bigint NOT NULL DEFAULT 0,
  error        text,
  CHECK ((finished_at IS NOT NULL) = (status IN ('CLEAN', 'BREAKS', 'FAILED')))
);
-- One at a time.
CREATE UNIQUE INDEX reconciliation_runs_open ON reconciliation_runs ((true)) WHERE status IN ('REQUESTED', 'RUNNING');

-- A break, as long as it is there: found again it is the same row. OPEN ones are what alerts are raised for.
CREATE TABLE reconciliation_findings (
  finding_id     uuid PRIMARY KEY,
  -- BALANCE, HELD, PAIR …: see workers/RECONCILIATION.md
  check_name     text NOT NULL,
  severity       text NOT NULL DEFAULT 'CRITICAL' CHECK (severity IN ('CRITICAL', 'WARNING', 'INFO')),
  wallet_id      uuid,
  transaction_id uuid,
  engine_id      uuid,
  batch_seq      bigint,
  -- what is told apart within these: a figure, a leg, a column
  what           text NOT NULL,
  -- of expected, found and delta; null: they are no money
  currency       text,
  -- decimal strings, hashes in hex, or null for nothing
  expected       text,
  found          text,
  -- found − expected; null of what is not counted
  delta          text,
  status         text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'EXPLAINED', 'CLOSED')),
  note           text,
  explained_by   text,
  explained_at   timestamptz(3),
  -- SHA-256 of all that makes it this break and no other
  break_digest   bytea NOT NULL,
  -- seen by all finished runs between these
  first_run_no   bigint NOT NULL,
  last_run_no    bigint NOT NULL,
  first_seen_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  last_seen_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- the first run that did not find it any more
  closed_at      timestamptz(3),
  CHECK ((closed_at IS NOT NULL) = (status = 'CLOSED')),
  CHECK (status <> 'EXPLAINED' OR (note IS NOT NULL AND explained_by IS NOT NULL AND explained_at IS NOT NULL))
);
CREATE UNIQUE INDEX reconciliation_findings_break ON reconciliation_findings (break_digest) WHERE status <> 'CLOSED';
CREATE INDEX reconciliation_findings_standing ON reconciliation_findings (finding_id) WHERE status <> 'CLOSED';
CREATE INDEX reconciliation_findings_runs ON reconciliation_findings (last_run_no, finding_id);

-- How far each engine's chain was gone through by the last finished run, and the head that it has there.
CREATE TABLE reconciliation_checkpoints (
  engine_id uuid PRIMARY KEY,
  batch_seq bigint NOT NULL,
  head_hash bytea NOT NULL
);

-- Wallets that an incremental run has to look at, from which of their entries on. Emptied when it ends.
CREATE TABLE reconciliation_touched (
  run_no    bigint NOT NULL,
  wallet_id uuid NOT NULL,
  from_no   bigint NOT NULL,
  PRIMARY KEY (run_no, wallet_id)
);

-- Heads of chains as somebody saw them: a run of reconciliation at its end, a digest that printed them. A tail that is cut off later,
-- with the engine's row set back, contradicts them. Rows are only added.
CREATE TABLE witnessed_heads (
  engine_id uuid NOT NULL,
  batch_seq bigint NOT NULL,
  head_hash bytea NOT NULL,
  seen_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- 'reconciliation <run id>', 'digest <id>'
  "where"   text NOT NULL,
  PRIMARY KEY (engine_id, batch_seq, "where")
);

-- What is asked of the API where policy says that a wallet with a break is suspended.
CREATE TABLE reconciliation_suspensions (
  finding_id   uuid PRIMARY KEY REFERENCES reconciliation_findings,
  wallet_id    uuid NOT NULL,
  status       text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DONE', 'REFUSED')),
  tries        int NOT NULL DEFAULT 0,
  next_try_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  answer       text,
  suspended_at timestamptz(3)
);
CREATE INDEX reconciliation_suspensions_due ON reconciliation_suspensions (next_try_at) WHERE status = 'PENDING';
CREATE INDEX reconciliation_suspensions_wallet ON reconciliation_suspensions (wallet_id);

GRANT SELECT, INSERT, UPDATE ON reconciliation_runs, reconciliation_findings, reconciliation_checkpoints,
  reconciliation_touched, reconciliation_suspensions TO wallet_workers;
GRANT DELETE ON reconciliation_touched TO wallet_workers;
GRANT SELECT, INSERT ON witnessed_heads TO wallet_workers;
GRANT SELECT ON reconciliation_runs, reconciliation_findings, reconciliation_checkpoints, witnessed_heads, reconciliation_suspensions
  TO wallet_gateway, wallet_audit;

-- Asks for a run, if none is asked for or under way: then that one is returned, and `made` is false.
CREATE FUNCTION request_reconciliation(p_run_id uuid, p_mode text, p_by text, p_trace_id text)
RETURNS TABLE (run_id uuid, made boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES (p_run_id, p_mode, p_by)
      ON CONFLICT ((true)) WHERE status IN ('REQUESTED', 'RUNNING') DO NOTHING;
    IF FOUND THEN
      PERFORM record_act(p_by, 'RECONCILIATION_REQUESTED', p_run_id::text, NULL, jsonb_build_object('mode', p_mode), NULL, p_trace_id);
      RETURN QUERY SELECT p_run_id, true;
      RETURN;
    END IF;
    RETURN QUERY SELECT r.run_id, false FROM reconciliation_runs r WHERE r.status IN ('REQUESTED', 'RUNNING');
    IF FOUND THEN
      RETURN;
    END IF; -- it ended just now
  END LOOP;
  RAISE EXCEPTION 'runs begin and end all the time' USING ERRCODE = '40001';
END $$;

-- Somebody knows why a break is there: EXPLAINED, NOT_FOUND, or CLOSED, when it is there no more.
CREATE FUNCTION explain_finding(p_finding_id uuid, p_note text, p_by text, p_trace_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before reconciliation_findings;
BEGIN
  SELECT * INTO v_before FROM reconciliation_findings WHERE finding_id = p_finding_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_before.status = 'CLOSED' THEN
    RETURN 'CLOSED';
  END IF;
  IF v_before.status = 'EXPLAINED' AND v_before.note = p_note AND v_before.explained_by = p_by THEN
    RETURN 'EXPLAINED';
  END IF;
  UPDATE reconciliation_findings
     SET status = 'EXPLAINED', note = p_note, explained_by = p_by, explained_at = clock_timestamp()
   WHERE finding_id = p_finding_id;
  PERFORM record_act(p_by, 'FINDING_EXPLAINED', p_finding_id::text,
    jsonb_build_object('status', v_before.status, 'note', v_before.note),
    jsonb_build_object('status', 'EXPLAINED', 'check', v_before.check_name, 'walletId', v_before.wallet_id,
                       'transactionId', v_before.transaction_id, 'delta', v_before.delta),
    p_note, p_trace_id);
  RETURN 'EXPLAINED';
END $$;

REVOKE EXECUTE ON FUNCTION request_reconciliation, explain_finding FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_reconciliation, explain_finding TO wallet_gateway;
