-- Up Migration

-- Keys whose request met a wallet that was there already: what the first answer said (200, not 201) is said again. Beside
-- `idempotency_keys`, and written in that rare case alone, so that neither payments nor new wallets pay for it.
CREATE TABLE keys_that_met_wallets (key_digest uuid PRIMARY KEY);
GRANT SELECT ON keys_that_met_wallets TO wallet_gateway, wallet_audit;

-- As create_wallet_v3 (024); `was_there`: the wallet that the key names was there when the key came first.
CREATE FUNCTION create_wallet_v4(
  p_wallet_id uuid, p_user_id uuid, p_currency text, p_status wallet_status, p_scope text, p_metadata jsonb, p_request_hash uuid,
  p_key_digest uuid, p_created_max_ms bigint,
  OUT outcome text, OUT recorded_kind key_outcome, OUT recorded_id uuid, OUT recorded_request_hash uuid, OUT was_there boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_made record;
BEGIN
  SELECT * INTO STRICT v_made
    FROM create_wallet_v3(p_wallet_id, p_user_id, p_currency, p_status, p_scope, p_metadata, p_request_hash, p_key_digest, p_created_max_ms);
  outcome := v_made.outcome;
  recorded_kind := v_made.recorded_kind;
  recorded_id := v_made.recorded_id;
  recorded_request_hash := v_made.recorded_request_hash;
  was_there := outcome = 'WALLET_EXISTS';
  IF outcome = 'KEY_KNOWN' THEN
    was_there := EXISTS (SELECT FROM keys_that_met_wallets WHERE key_digest = p_key_digest);
  ELSIF was_there AND recorded_request_hash = p_request_hash AND p_key_digest IS NOT NULL THEN
    INSERT INTO keys_that_met_wallets (key_digest) VALUES (p_key_digest);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION create_wallet_v4 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_wallet_v4 TO wallet_gateway;
