-- Up Migration

-- Tokens that were minted: for whom, by whom, until when, and which are withdrawn. The token itself is kept nowhere.
CREATE TABLE api_tokens (
  token_id   uuid PRIMARY KEY,
  role       text NOT NULL CHECK (role IN ('display', 'service', 'viewer', 'operator')),
  -- names its subject, and so its idempotency keys
  caller     text NOT NULL CHECK (length(caller) BETWEEN 1 AND 100),
  minted_by  text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3)
);
CREATE INDEX api_tokens_good_until ON api_tokens (expires_at);
CREATE INDEX api_tokens_revoked ON api_tokens (expires_at) WHERE revoked_at IS NOT NULL;
GRANT SELECT ON api_tokens TO wallet_gateway, wallet_audit;

-- False, and nothing is written, when p_max of them are good already.
CREATE FUNCTION record_api_token(p_token_id uuid, p_role text, p_caller text, p_by text, p_expires_at timestamptz, p_trace_id text,
  p_max int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- One at a time: two that count together would both find room.
  PERFORM pg_advisory_xact_lock(hashtext('api_tokens'));
  IF (SELECT count(*) FROM api_tokens WHERE expires_at > clock_timestamp() AND revoked_at IS NULL) >= p_max THEN
    RETURN false;
  END IF;
  INSERT INTO api_tokens (token_id, role, caller, minted_by, created_at, expires_at)
  VALUES (p_token_id, p_role, p_caller, p_by, clock_timestamp(), p_expires_at);
  INSERT INTO audit_log (caller, action, subject, detail)
  VALUES (p_by, 'TOKEN_MINTED', p_token_id, jsonb_build_object('role', p_role, 'caller', p_caller, 'expiresAt', p_expires_at,
                                                               'traceId', p_trace_id));
  RETURN true;
END $$;

-- False: there is no such token. One that is withdrawn already stays so, and is not written down again.
CREATE FUNCTION revoke_api_token(p_token_id uuid, p_by text, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE api_tokens SET revoked_at = clock_timestamp() WHERE token_id = p_token_id AND revoked_at IS NULL;
  IF FOUND THEN
    INSERT INTO audit_log (caller, action, subject, detail)
    VALUES (p_by, 'TOKEN_REVOKED', p_token_id, jsonb_build_object('traceId', p_trace_id));
    RETURN true;
  END IF;
  RETURN EXISTS (SELECT FROM api_tokens WHERE token_id = p_token_id);
END $$;

REVOKE EXECUTE ON FUNCTION record_api_token, revoke_api_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_api_token, revoke_api_token TO wallet_gateway;
