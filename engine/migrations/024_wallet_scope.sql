-- Up Migration

SET LOCAL lock_timeout = '3s';

-- Which service's it is: written once, when the wallet is made; null: nobody's in particular. Without a CHECK, which every payment
-- would pay for: create_wallet_v3 alone writes it.
ALTER TABLE wallets ADD COLUMN scope text;

-- The wallets of each scope in the order of lists. An index of `wallets` would have to read all of them first, while payments wait.
CREATE TABLE scoped_wallets (
  scope      text NOT NULL CHECK (scope ~ '^[!-~]{1,100}$'),
  created_at timestamptz(3) NOT NULL,
  wallet_id  uuid NOT NULL,
  -- as in `wallets`
  user_id    uuid,
  PRIMARY KEY (scope, created_at, wallet_id)
);
CREATE INDEX scoped_wallets_user ON scoped_wallets (scope, user_id) WHERE user_id IS NOT NULL;
GRANT SELECT ON scoped_wallets TO wallet_gateway, wallet_audit;

-- As chain_wallet_creation; the text of a wallet that has a scope goes on with `|scope`.
CREATE FUNCTION chain_wallet_creation_v2(p_wallet_id uuid, p_key_digest uuid) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_partition smallint := partition_of(p_wallet_id);
  v_wallet wallets;
  v_seq bigint;
  v_head bytea;
BEGIN
  SELECT * INTO STRICT v_wallet FROM wallets WHERE wallet_id = p_wallet_id;
  SELECT seq + 1, head_hash INTO STRICT v_seq, v_head FROM wallet_creation_heads WHERE partition = v_partition FOR NO KEY UPDATE;
  v_head := sha256(v_head || int8send(v_seq) || sha256(convert_to(format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s%s',
    v_wallet.wallet_id, v_wallet.user_id, v_wallet.kind, v_wallet.currency, v_wallet.status, v_wallet.partition,
    v_wallet.request_hash, p_key_digest, floor(extract(epoch FROM v_wallet.created_at) * 1000)::bigint, v_wallet.metadata,
    '|' || v_wallet.scope), 'UTF8')));
  INSERT INTO wallet_creations (partition, seq, wallet_id, status, key_digest, head_hash)
  VALUES (v_partition, v_seq, p_wallet_id, v_wallet.status, p_key_digest, v_head);
  UPDATE wallet_creation_heads SET seq = v_seq, head_hash = v_head WHERE partition = v_partition;
END $$;

-- As create_wallet_v2 (009), with a scope.
CREATE FUNCTION create_wallet_v3(
  p_wallet_id uuid, p_user_id uuid, p_currency text, p_status wallet_status, p_scope text, p_metadata jsonb, p_request_hash uuid,
  p_key_digest uuid, p_created_max_ms bigint,
  OUT outcome text, OUT recorded_kind key_outcome, OUT recorded_id uuid, OUT recorded_request_hash uuid, OUT clock_ms bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_at timestamptz(3);
BEGIN
  IF p_status NOT IN ('CREATED', 'ACTIVE') THEN
    RAISE EXCEPTION 'a new wallet is CREATED or ACTIVE, not %', p_status USING ERRCODE = '22023';
  END IF;
  clock_ms := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  IF p_key_digest IS NOT NULL THEN
    INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
    VALUES (p_key_digest, p_wallet_id, p_request_hash, 'WALLET') ON CONFLICT (key_digest) DO NOTHING;
    IF NOT FOUND THEN
      outcome := 'KEY_KNOWN';
      SELECT outcome_kind, outcome_id, request_hash INTO STRICT recorded_kind, recorded_id, recorded_request_hash
        FROM idempotency_keys WHERE key_digest = p_key_digest;
      RETURN;
    END IF;
  END IF;
  recorded_kind := 'WALLET';
  recorded_id := p_wallet_id;
  v_at := least(clock_timestamp(), to_timestamp(p_created_max_ms / 1000.0));
  INSERT INTO wallets (wallet_id, user_id, currency, status, scope, metadata, request_hash, created_at, updated_at)
  VALUES (p_wallet_id, p_user_id, p_currency, p_status, p_scope, p_metadata, p_request_hash, v_at, v_at)
  ON CONFLICT (wallet_id) DO NOTHING;
  IF FOUND THEN
    outcome := 'CREATED';
    recorded_request_hash := p_request_hash;
    IF p_scope IS NOT NULL THEN
      INSERT INTO scoped_wallets (scope, created_at, wallet_id, user_id) VALUES (p_scope, v_at, p_wallet_id, p_user_id);
    END IF;
    PERFORM chain_wallet_creation_v2(p_wallet_id, p_key_digest);
  ELSE
    outcome := 'WALLET_EXISTS';
    SELECT request_hash INTO recorded_request_hash FROM wallets WHERE wallet_id = p_wallet_id;
    IF recorded_request_hash IS DISTINCT FROM p_request_hash THEN
      DELETE FROM idempotency_keys WHERE key_digest = p_key_digest;
    END IF;
  END IF;
END $$;

-- Changes what a wallet says of its user, and its metadata; those that p_sets_… leaves out stay. `outcome`:
--   CHANGED           it is done, and stands in the audit log
--   WALLET_NOT_FOUND  nothing was written
--   KEY_KNOWN         nothing was written: recorded_kind and recorded_request_hash say what the key names
-- The key first, then the wallet's row: the order in which apply_batch locks.
CREATE FUNCTION change_wallet(
  p_wallet_id uuid, p_sets_user boolean, p_user_id uuid, p_sets_metadata boolean, p_metadata jsonb,
  p_change_id uuid, p_key_digest uuid, p_request_hash uuid, p_caller text, p_trace_id text, p_changed_max_ms bigint,
  OUT outcome text, OUT recorded_kind key_outcome, OUT recorded_request_hash uuid
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_at timestamptz(3);
  v_created_at timestamptz(3);
  v_scope text;
  v_before jsonb;
  v_after jsonb;
BEGIN
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
  VALUES (p_key_digest, p_change_id, p_request_hash, 'CHANGE') ON CONFLICT (key_digest) DO NOTHING;
  IF NOT FOUND THEN
    outcome := 'KEY_KNOWN';
    SELECT outcome_kind, request_hash INTO STRICT recorded_kind, recorded_request_hash
      FROM idempotency_keys WHERE key_digest = p_key_digest;
    RETURN;
  END IF;
  SELECT jsonb_build_object('userId', user_id, 'metadata', metadata), scope, created_at INTO v_before, v_scope, v_created_at
    FROM wallets WHERE wallet_id = p_wallet_id AND kind = 'USER' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    DELETE FROM idempotency_keys WHERE key_digest = p_key_digest;
    outcome := 'WALLET_NOT_FOUND';
    RETURN;
  END IF;
  v_after := v_before || CASE WHEN p_sets_user THEN jsonb_build_object('userId', p_user_id) ELSE '{}' END
                      || CASE WHEN p_sets_metadata THEN jsonb_build_object('metadata', p_metadata) ELSE '{}' END;
  v_at := least(clock_timestamp(), to_timestamp(p_changed_max_ms / 1000.0));
  IF v_after <> v_before THEN
    UPDATE wallets
       SET user_id = CASE WHEN p_sets_user THEN p_user_id ELSE user_id END,
           metadata = CASE WHEN p_sets_metadata THEN p_metadata ELSE metadata END,
           version = version + 1, updated_at = greatest(updated_at, v_at)
     WHERE wallet_id = p_wallet_id;
  END IF;
  IF p_sets_user AND v_scope IS NOT NULL THEN
    UPDATE scoped_wallets SET user_id = p_user_id WHERE scope = v_scope AND created_at = v_created_at AND wallet_id = p_wallet_id;
  END IF;
  INSERT INTO audit_log (at, caller, action, subject, detail, change_id)
  VALUES (v_at, p_caller, 'WALLET_CHANGED', p_wallet_id,
          jsonb_build_object('before', v_before, 'after', v_after, 'traceId', p_trace_id), p_change_id);
  outcome := 'CHANGED';
END $$;

-- What a service token is bound to.
ALTER TABLE api_tokens ADD COLUMN scope text CHECK (scope IS NULL OR (role = 'service' AND scope ~ '^[!-~]{1,100}$'));

-- An engine of before would pay for a caller that is bound to a scope as for anybody, and do what it is sent whether it is still as
-- expected (`expectedRefunded` and its like) or not: it is sent nothing of either.
CREATE FUNCTION register_worker_v5(p_worker_id uuid, p_worker_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO engine_workers (worker_id, worker_name, protocol) VALUES (p_worker_id, p_worker_name, 5)
$$;

REVOKE EXECUTE ON FUNCTION chain_wallet_creation_v2, create_wallet_v3, change_wallet, register_worker_v5 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_wallet_v3, change_wallet TO wallet_gateway;
GRANT EXECUTE ON FUNCTION register_worker_v5 TO wallet_engine;
