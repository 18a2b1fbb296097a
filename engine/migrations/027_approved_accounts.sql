-- Up Migration

-- Users and tokens under four eyes. What one person asks for and another approves is done in the commit of the decision (026). The rows of
-- the audit log are the asker's, and name who decided; what the development token does alone says so.

-- What the rows that are written next say beside what was done: {approvalId, decidedBy} or {withoutApproval}; null: nothing more. It ends
-- with the transaction. For the functions here: no role may call it.
CREATE FUNCTION say_in_rows(p_said jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT set_config('smart_wallet.said', coalesce(p_said::text, ''), true);
$$;

CREATE FUNCTION said_in_rows() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(nullif(current_setting('smart_wallet.said', true), ''), '{}')::jsonb;
$$;

-- As in 023, with what is to be said beside.
CREATE OR REPLACE FUNCTION record_act(p_by text, p_action text, p_subject text, p_before jsonb, p_after jsonb, p_reason text,
  p_trace_id text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_log (caller, action, subject, detail)
  VALUES (p_by, p_action, p_subject,
          jsonb_strip_nulls(jsonb_build_object('before', p_before, 'after', nullif(coalesce(p_after, '{}') || said_in_rows(), '{}'),
                                               'reason', p_reason, 'traceId', p_trace_id)));
$$;

-- As create_user (023). p_without_approval: by the development token, where a person would have needed somebody else's.
CREATE FUNCTION create_user_v2(p_user_id uuid, p_email text, p_name text, p_role text, p_password_hash text, p_by text, p_reason text,
  p_trace_id text, p_max int, p_without_approval boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_outcome text;
BEGIN
  PERFORM say_in_rows(CASE WHEN p_without_approval THEN '{"withoutApproval": true}'::jsonb END);
  v_outcome := create_user(p_user_id, p_email, p_name, p_role, p_password_hash, p_by, p_reason, p_trace_id, p_max);
  PERFORM say_in_rows(NULL);
  RETURN v_outcome;
END $$;

-- As change_user (023).
CREATE FUNCTION change_user_v2(p_user_id uuid, p_role text, p_disabled boolean, p_password_hash text, p_expected_version int, p_by text,
  p_reason text, p_trace_id text, p_without_approval boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_outcome text;
BEGIN
  PERFORM say_in_rows(CASE WHEN p_without_approval THEN '{"withoutApproval": true}'::jsonb END);
  v_outcome := change_user(p_user_id, p_role, p_disabled, p_password_hash, p_expected_version, p_by, p_reason, p_trace_id);
  PERFORM say_in_rows(NULL);
  RETURN v_outcome;
END $$;

-- As record_api_token (020), with a scope; of what was approved and of what the development token mints alone too.
CREATE FUNCTION record_api_token_v2(p_token_id uuid, p_role text, p_scope text, p_caller text, p_by text, p_expires_at timestamptz,
  p_trace_id text, p_max int, p_said jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- One at a time: two that count together would both find room.
  PERFORM pg_advisory_xact_lock(hashtext('api_tokens'));
  IF (SELECT count(*) FROM api_tokens WHERE expires_at > clock_timestamp() AND revoked_at IS NULL) >= p_max THEN
    RETURN false;
  END IF;
  INSERT INTO api_tokens (token_id, role, scope, caller, minted_by, created_at, expires_at)
  VALUES (p_token_id, p_role, p_scope, p_caller, p_by, clock_timestamp(), p_expires_at);
  INSERT INTO audit_log (caller, action, subject, detail)
  VALUES (p_by, 'TOKEN_MINTED', p_token_id,
          jsonb_strip_nulls(jsonb_build_object('role', p_role, 'scope', p_scope, 'caller', p_caller, 'expiresAt', p_expires_at,
                                               'traceId', p_trace_id)) || coalesce(p_said, '{}'));
  RETURN true;
END $$;

-- What admins alone ask for and decide. An operator who decided on it could help an admin to make another one.
CREATE FUNCTION is_of_accounts(p_action text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT p_action IN ('USER_CREATE', 'USER_CHANGE', 'TOKEN_MINT');
$$;

-- Does what an approval says on users and tokens: what came of it; null: the user is another one than it was judged by. A token
-- has the approval's id. For decide_approval: no role may call it.
CREATE FUNCTION do_on_accounts(p_approval approvals, p_by text, p_now timestamptz, p_trace_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_payload jsonb := p_approval.payload;
  v_said jsonb := jsonb_build_object('approvalId', p_approval.approval_id, 'decidedBy', p_by);
  v_outcome text;
BEGIN
  IF p_approval.action = 'TOKEN_MINT' THEN
    -- Counted from the decision, in whole seconds as in the token.
    IF record_api_token_v2(p_approval.approval_id, v_payload->>'role', v_payload->>'scope', v_payload->>'caller', p_approval.requested_by,
                           date_trunc('second', p_now) + (v_payload->>'ttlSeconds')::int * interval '1 s', p_trace_id, 10000, v_said) THEN
      RETURN jsonb_build_object('tokenId', p_approval.approval_id);
    END IF;
    RETURN jsonb_build_object('code', 'TOO_MANY_TOKENS', 'detail', 'There are as many good tokens already as may be.');
  END IF;
  PERFORM say_in_rows(v_said);
  IF p_approval.action = 'USER_CREATE' THEN
    v_outcome := create_user((v_payload->>'userId')::uuid, v_payload->>'email', v_payload->>'name', v_payload->>'role',
                             p_approval.password_hash, p_approval.requested_by, NULL, p_trace_id, 10000);
  ELSE
    v_outcome := change_user(p_approval.about_user_id, v_payload->>'role', (v_payload->>'disabled')::boolean, p_approval.password_hash,
                             (p_approval.state->>'version')::int, p_approval.requested_by, NULL, p_trace_id);
  END IF;
  PERFORM say_in_rows(NULL);
  RETURN CASE v_outcome
    WHEN 'CREATED' THEN jsonb_build_object('userId', v_payload->>'userId')
    WHEN 'CHANGED' THEN jsonb_build_object('userId', p_approval.about_user_id)
    WHEN 'EMAIL_TAKEN' THEN jsonb_build_object('code', v_outcome, 'detail', 'Somebody else has this e-mail by now.')
    WHEN 'TOO_MANY' THEN jsonb_build_object('code', 'TOO_MANY_USERS', 'detail', 'There are as many users already as may be.')
    WHEN 'LAST_ADMIN' THEN jsonb_build_object('code', v_outcome, 'detail', 'Nobody would be left who can sign in as an admin.')
    -- STALE, NOT_FOUND, NOT_ALLOWED
  END;
END $$;

REVOKE EXECUTE ON FUNCTION say_in_rows, said_in_rows, create_user_v2, change_user_v2, record_api_token_v2, is_of_accounts, do_on_accounts
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_user_v2, change_user_v2, record_api_token_v2 TO wallet_gateway;
