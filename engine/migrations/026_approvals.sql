-- Up Migration

SET LOCAL lock_timeout = '3s';

-- What one person asks for and another one approves. Every change is made by a function here, which writes its line of the audit log in
-- the same commit. Locks are taken in this order: the advisory lock of approvals, the approval's row, the advisory lock of ops_users,
-- rows of users.
CREATE TABLE approvals (
  approval_id       uuid PRIMARY KEY,
  action            text NOT NULL,
  -- what it is about: a wallet, a transaction, a hold, a user, the caller of a token
  subject           text NOT NULL,
  -- what will be done, as it is shown
  payload           jsonb NOT NULL,
  -- what it was judged by, and must still be when it is done
  state             jsonb NOT NULL,
  -- SHA-256 over the canonical JSON of [action, subject, payload, state], hex
  payload_hash      text NOT NULL CHECK (payload_hash ~ '^[0-9a-f]{64}$'),
  payload_bytes     int NOT NULL,
  reason            text,
  -- the asker's idempotency key, which it occupies
  key_digest        uuid NOT NULL UNIQUE,
  request_hash      uuid NOT NULL,
  requested_by      text NOT NULL,
  requested_user_id uuid NOT NULL REFERENCES ops_users,
  -- who may ask for it
  asker_roles       text[] NOT NULL,
  -- the user it is about, who may not decide
  about_user_id     uuid,
  -- of a new password: its PHC string. Nobody may read it, and it goes once it is decided
  password_hash     text CHECK (length(password_hash) <= 255),
  requested_at      timestamptz(3) NOT NULL,
  expires_at        timestamptz(3) NOT NULL,
  status            text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'STALE')),
  decided_by        text,
  decided_user_id   uuid REFERENCES ops_users,
  decided_at        timestamptz(3),
  note              text,
  -- what came of it; null: it is not done, or not known to be
  result            jsonb,
  -- until then somebody is at it
  claimed_until     timestamptz(3),
  -- two people, whatever else goes wrong
  CHECK (decided_user_id <> requested_user_id),
  CHECK (status NOT IN ('APPROVED', 'REJECTED') OR (decided_user_id IS NOT NULL AND decided_at IS NOT NULL)),
  CHECK (result IS NULL OR status = 'APPROVED')
);
CREATE INDEX approvals_by_status ON approvals (status, approval_id);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE status = 'PENDING';
CREATE INDEX approvals_undone ON approvals (claimed_until) WHERE status = 'APPROVED' AND result IS NULL;
GRANT SELECT (approval_id, action, subject, payload, state, payload_hash, payload_bytes, reason, key_digest, request_hash, requested_by,
    requested_user_id, asker_roles, about_user_id, requested_at, expires_at, status, decided_by, decided_user_id, decided_at, note,
    result, claimed_until)
  ON approvals TO wallet_gateway, wallet_audit;

-- A line of the audit log on an approval. For the functions here: no role may call it.
CREATE FUNCTION record_approval(p_approval approvals, p_by text, p_action text, p_reason text, p_trace_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT record_act(p_by, p_action, (p_approval).approval_id::text, NULL,
    jsonb_build_object('action', (p_approval).action, 'subject', (p_approval).subject, 'payloadHash', (p_approval).payload_hash,
                       'requestedBy', (p_approval).requested_by, 'decidedBy', (p_approval).decided_by),
    p_reason, p_trace_id);
$$;

-- Asks for somebody's approval, and occupies the asker's key with it:
--   ASKED
--   KEY_KNOWN           the key names something already
--   NOT_ALLOWED         the asker was disabled or has another role by now
--   TOO_MANY_OF_ASKER, TOO_MANY   so many wait already
-- Nothing is written but by ASKED.
CREATE FUNCTION request_approval(p_approval_id uuid, p_action text, p_subject text, p_payload jsonb, p_state jsonb, p_payload_hash text,
  p_payload_bytes int, p_reason text, p_key_digest uuid, p_request_hash uuid, p_by text, p_user_id uuid, p_asker_roles text[],
  p_about_user_id uuid, p_password_hash text, p_lives interval, p_of_asker_max int, p_max int, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_approval approvals;
  v_now timestamptz;
BEGIN
  -- One at a time: two that count together would both find room.
  PERFORM pg_advisory_xact_lock(hashtext('approvals'));
  PERFORM FROM ops_users WHERE user_id = p_user_id AND disabled_at IS NULL AND role = ANY (p_asker_roles);
  IF NOT FOUND THEN
    RETURN 'NOT_ALLOWED';
  END IF;
  v_now := clock_timestamp();
  IF (SELECT count(*) FROM approvals WHERE status = 'PENDING' AND expires_at > v_now AND requested_user_id = p_user_id) >= p_of_asker_max THEN
    RETURN 'TOO_MANY_OF_ASKER';
  END IF;
  IF (SELECT count(*) FROM approvals WHERE status = 'PENDING' AND expires_at > v_now) >= p_max THEN
    RETURN 'TOO_MANY';
  END IF;
  -- Waits for a call of an engine that takes the same key.
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
  VALUES (p_key_digest, p_approval_id, p_request_hash, 'APPROVAL') ON CONFLICT (key_digest) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'KEY_KNOWN';
  END IF;
  INSERT INTO approvals (approval_id, action, subject, payload, state, payload_hash, payload_bytes, reason, key_digest, request_hash,
      requested_by, requested_user_id, asker_roles, about_user_id, password_hash, requested_at, expires_at)
    VALUES (p_approval_id, p_action, p_subject, p_payload, p_state, p_payload_hash, p_payload_bytes, p_reason, p_key_digest,
      p_request_hash, p_by, p_user_id, p_asker_roles, p_about_user_id, p_password_hash, v_now, v_now + p_lives)
    RETURNING * INTO v_approval;
  PERFORM record_approval(v_approval, p_by, 'APPROVAL_REQUESTED', p_reason, p_trace_id);
  RETURN 'ASKED';
END $$;

-- Is it the same person? An e-mail with a tag (ann+2@example.com) arrives where the one without does.
CREATE FUNCTION is_same_person(p_one uuid, p_other uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p_one = p_other OR (SELECT count(*) = 2 AND count(DISTINCT regexp_replace(email, '\+[^@]*@', '@')) = 1 FROM ops_users
                              WHERE user_id IN (p_one, p_other));
$$;

-- Ends an approval that is not decided, or not done. For the functions here: no role may call it.
CREATE FUNCTION end_approval(p_approval_id uuid, p_status text, p_by text, p_reason text, p_trace_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_approval approvals;
BEGIN
  UPDATE approvals SET status = p_status, password_hash = NULL WHERE approval_id = p_approval_id RETURNING * INTO v_approval;
  PERFORM record_approval(v_approval, p_by, 'APPROVAL_' || p_status, p_reason, p_trace_id);
END $$;

-- Decides, once:
--   DECIDED      by this call, or by an earlier one of the same person that said the same
--   NOT_FOUND
--   NOT_ALLOWED  who decides is no operator or admin any more; of users and tokens, no admin
--   SELF         who decides asked for it, or it is about him
--   NOT_PENDING  somebody decided otherwise, or it has ended
--   EXPIRED, STALE   it has ended now
-- Who approves has it for p_claim, to have it done. p_payload_hash: of what was read, by the gateway that will do it. What is approved on
-- a user or a token is done here, in the same commit (027).
CREATE FUNCTION decide_approval(p_approval_id uuid, p_approves boolean, p_payload_hash text, p_by text, p_user_id uuid, p_note text,
  p_claim interval, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_approval approvals;
  v_status text := CASE WHEN p_approves THEN 'APPROVED' ELSE 'REJECTED' END;
  v_is_of_accounts boolean;
  v_now timestamptz;
  v_result jsonb;
BEGIN
  SELECT * INTO v_approval FROM approvals WHERE approval_id = p_approval_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  v_is_of_accounts := is_of_accounts(v_approval.action);
  IF v_is_of_accounts THEN
    -- Before the rows of users, as whoever changes one takes it.
    PERFORM pg_advisory_xact_lock(hashtext('ops_users'));
  END IF;
  -- Both as they are now, and until this is committed: who is disabled meanwhile waits, or was disabled before.
  PERFORM FROM ops_users WHERE user_id IN (p_user_id, v_approval.requested_user_id) ORDER BY user_id FOR SHARE;
  PERFORM FROM ops_users WHERE user_id = p_user_id AND disabled_at IS NULL
    AND (role = 'admin' OR role = 'operator' AND NOT v_is_of_accounts);
  IF NOT FOUND THEN
    RETURN 'NOT_ALLOWED';
  END IF;
  IF is_same_person(p_user_id, v_approval.requested_user_id)
     OR (v_approval.about_user_id IS NOT NULL AND is_same_person(p_user_id, v_approval.about_user_id)) THEN
    RETURN 'SELF';
  END IF;
  IF v_approval.status <> 'PENDING' THEN
    RETURN CASE WHEN v_approval.status = v_status AND v_approval.decided_user_id = p_user_id THEN 'DECIDED' ELSE 'NOT_PENDING' END;
  END IF;
  v_now := clock_timestamp();
  IF v_now >= v_approval.expires_at THEN
    PERFORM end_approval(p_approval_id, 'EXPIRED', 'platform', NULL, p_trace_id);
    RETURN 'EXPIRED';
  END IF;
  IF p_approves THEN
    IF p_payload_hash IS DISTINCT FROM v_approval.payload_hash THEN
      PERFORM end_approval(p_approval_id, 'STALE', p_by, 'it is not what was asked for', p_trace_id);
      RETURN 'STALE';
    END IF;
    PERFORM FROM ops_users
      WHERE user_id = v_approval.requested_user_id AND disabled_at IS NULL AND role = ANY (v_approval.asker_roles);
    IF NOT FOUND THEN
      PERFORM end_approval(p_approval_id, 'STALE', p_by, 'who asked may not ask for it any more', p_trace_id);
      RETURN 'STALE';
    END IF;
    IF v_is_of_accounts THEN
      v_result := do_on_accounts(v_approval, p_by, v_now, p_trace_id);
      IF v_result IS NULL THEN
        PERFORM end_approval(p_approval_id, 'STALE', p_by, 'the user was changed since', p_trace_id);
        RETURN 'STALE';
      END IF;
    END IF;
  END IF;
  UPDATE approvals
     SET status = v_status, decided_by = p_by, decided_user_id = p_user_id, decided_at = v_now, note = p_note, password_hash = NULL,
         result = v_result, claimed_until = CASE WHEN p_approves AND v_result IS NULL THEN v_now + p_claim END
   WHERE approval_id = p_approval_id
   RETURNING * INTO v_approval;
  PERFORM record_approval(v_approval, p_by, 'APPROVAL_' || v_status, p_note, p_trace_id);
  RETURN 'DECIDED';
END $$;

-- Writes down what came of an approved act. False: that is known already, or it is not approved.
CREATE FUNCTION finish_approval(p_approval_id uuid, p_result jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE approvals SET result = p_result, claimed_until = NULL
   WHERE approval_id = p_approval_id AND status = 'APPROVED' AND result IS NULL;
  RETURN FOUND;
END $$;

-- Takes the key under which an approved act is done, so that none is any more: what was sent before may still be on its way. False: one
-- is done. It waits for a call of an engine that takes it. For the functions here: no role may call it.
CREATE FUNCTION close_approval_key(p_approval approvals) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
  VALUES (key_digest_of(E'\x01platform', 'approval ' || p_approval.approval_id), p_approval.approval_id, p_approval.request_hash,
          'APPROVAL') ON CONFLICT (key_digest) DO NOTHING;
  RETURN FOUND;
END $$;

-- An approved act that was not done, and never will be: the state is another one. False: that is known already, or it is done.
CREATE FUNCTION stale_approval(p_approval_id uuid, p_reason text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_approval approvals;
BEGIN
  SELECT * INTO v_approval FROM approvals WHERE approval_id = p_approval_id AND status = 'APPROVED' AND result IS NULL FOR UPDATE;
  IF NOT FOUND OR NOT close_approval_key(v_approval) THEN
    RETURN false;
  END IF;
  PERFORM end_approval(p_approval_id, 'STALE', 'platform', p_reason, p_trace_id);
  RETURN true;
END $$;

-- As stale_approval, of what was rejected for another reason, which is its result.
CREATE FUNCTION fail_approval(p_approval_id uuid, p_result jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_approval approvals;
BEGIN
  SELECT * INTO v_approval FROM approvals WHERE approval_id = p_approval_id AND status = 'APPROVED' AND result IS NULL FOR UPDATE;
  IF NOT FOUND OR NOT close_approval_key(v_approval) THEN
    RETURN false;
  END IF;
  RETURN finish_approval(p_approval_id, p_result);
END $$;

-- Of what is approved and not known to be done, what nobody is at: the caller has it for p_claim.
CREATE FUNCTION claim_approvals(p_claim interval, p_max int) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE approvals SET claimed_until = clock_timestamp() + p_claim
   WHERE approval_id IN (SELECT approval_id FROM approvals
                          WHERE status = 'APPROVED' AND result IS NULL AND claimed_until < clock_timestamp()
                          ORDER BY claimed_until LIMIT p_max FOR UPDATE SKIP LOCKED)
  RETURNING approval_id;
$$;

-- Those whose time is over, p_max of them at most.
CREATE FUNCTION expire_approvals(p_max int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_approval_id uuid;
  v_count int := 0;
BEGIN
  FOR v_approval_id IN
    SELECT approval_id FROM approvals WHERE status = 'PENDING' AND expires_at <= clock_timestamp()
     ORDER BY expires_at LIMIT p_max FOR UPDATE SKIP LOCKED
  LOOP
    PERFORM end_approval(v_approval_id, 'EXPIRED', 'platform', NULL, NULL);
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END $$;

-- What the development token does by itself, where a person would have needed approval: written down before it is sent, unless its key
-- (null: it has none) was answered before.
CREATE FUNCTION record_act_without_approval(p_by text, p_action text, p_subject text, p_payload jsonb, p_key_digest uuid, p_trace_id text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM idempotency_keys WHERE key_digest = p_key_digest) THEN
    INSERT INTO audit_log (caller, action, subject, detail)
    VALUES (p_by, 'APPROVAL_SKIPPED', p_subject,
            jsonb_build_object('withoutApproval', true, 'after', jsonb_build_object('action', p_action, 'payload', p_payload),
                               'traceId', p_trace_id));
  END IF;
END $$;

REVOKE EXECUTE ON FUNCTION record_approval, request_approval, is_same_person, end_approval, decide_approval, finish_approval,
  close_approval_key, stale_approval, fail_approval, claim_approvals, expire_approvals, record_act_without_approval FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_approval, decide_approval, finish_approval, stale_approval, fail_approval, claim_approvals,
  expire_approvals, record_act_without_approval TO wallet_gateway;

-- As in 025. A reversal that was approved was asked for by a person, and decided by another one: both are named.
CREATE OR REPLACE FUNCTION record_reversals(p_transaction_ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  INSERT INTO audit_log (at, caller, action, subject, detail)
    SELECT t.created_at, coalesce(a.requested_by, t.caller), 'TRANSACTION_REVERSED', t.parent_transaction_id,
           jsonb_build_object('after', jsonb_build_object('transactionId', t.transaction_id, 'amount', t.amount::text, 'currency', t.currency)
                                       || CASE WHEN a.approval_id IS NULL THEN '{}'
                                               ELSE jsonb_build_object('approvalId', a.approval_id, 'decidedBy', a.decided_by) END)
             || jsonb_strip_nulls(jsonb_build_object('reason', t.description, 'traceId', (
                  SELECT one->'traceId' FROM ledger_batches b, jsonb_array_elements(b.figures->'reversals') AS one
                   WHERE b.worker_id = ANY (ARRAY[t.worker_id]) AND b.batch_seq = ANY (ARRAY[t.batch_seq])
                     AND one->>'transactionId' = t.transaction_id::text LIMIT 1)))
      FROM unnest(p_transaction_ids) WITH ORDINALITY AS listed (id, ix), transactions t
      LEFT JOIN approvals a ON a.approval_id = CASE WHEN t.caller = E'\x01platform' AND t.idempotency_key ~ '^approval [0-9a-f-]{36}$'
                                                    THEN right(t.idempotency_key, 36)::uuid END
     WHERE t.transaction_id = ANY (ARRAY[listed.id]) AND t.kind = 'REVERSAL' AND t.status = 'SUCCESS'
     ORDER BY ix
$$;
