-- Up Migration

-- No wallet is half made while the chains begin: each is in one, or older.
SET LOCAL lock_timeout = '3s';
LOCK TABLE wallets IN SHARE MODE;

-- Every wallet that is made goes into a hash chain, one for each partition, so that two creations rarely wait for each other:
--   head = SHA-256(head before ‖ number, 8 bytes big endian ‖ SHA-256(text)), beginning with 32 zero bytes, where the text is
--   wallet id|user id|kind|currency|status|partition|request hash|key digest|created_at in ms|metadata
-- each as Postgres prints it, nothing for null; the partition is a funding wallet's. Wallets made before are in no chain.
CREATE TABLE wallet_creations (
  partition  smallint NOT NULL,
  seq        bigint NOT NULL,
  wallet_id  uuid NOT NULL,
  -- as it was made
  status     wallet_status NOT NULL,
  key_digest uuid,
  head_hash  bytea NOT NULL,
  PRIMARY KEY (partition, seq)
);
CREATE TABLE wallet_creation_heads (
  partition smallint PRIMARY KEY REFERENCES partitions,
  seq       bigint NOT NULL DEFAULT 0,
  head_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  -- wallets older than this are in no chain
  began_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 20);
INSERT INTO wallet_creation_heads (partition) SELECT id FROM partitions;
GRANT SELECT ON wallet_creations, wallet_creation_heads TO wallet_engine, wallet_gateway, wallet_audit;

-- Takes a wallet that was just inserted into its partition's chain.
CREATE FUNCTION chain_wallet_creation(p_wallet_id uuid, p_key_digest uuid) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_partition smallint := partition_of(p_wallet_id);
  v_wallet wallets;
  v_seq bigint;
  v_head bytea;
BEGIN
  SELECT * INTO STRICT v_wallet FROM wallets WHERE wallet_id = p_wallet_id;
  SELECT seq + 1, head_hash INTO STRICT v_seq, v_head FROM wallet_creation_heads WHERE partition = v_partition FOR NO KEY UPDATE;
  v_head := sha256(v_head || int8send(v_seq) || sha256(convert_to(format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s',
    v_wallet.wallet_id, v_wallet.user_id, v_wallet.kind, v_wallet.currency, v_wallet.status, v_wallet.partition,
    v_wallet.request_hash, p_key_digest, floor(extract(epoch FROM v_wallet.created_at) * 1000)::bigint, v_wallet.metadata), 'UTF8')));
  INSERT INTO wallet_creations (partition, seq, wallet_id, status, key_digest, head_hash)
  VALUES (v_partition, v_seq, p_wallet_id, v_wallet.status, p_key_digest, v_head);
  UPDATE wallet_creation_heads SET seq = v_seq, head_hash = v_head WHERE partition = v_partition;
END $$;

-- Adds a wallet, empty, and records its request's idempotency key (null: it has none) in the same transaction. `outcome`:
--   CREATED        it is made
--   WALLET_EXISTS  there is one of this id. With the same request hash the key now names it; else nothing was written
--   KEY_KNOWN      nothing was written: recorded_kind and recorded_id say what the key names
-- recorded_request_hash is that of the wallet, or of what the key names. Of two calls with one key the second waits for the
-- first. No time above p_created_max_ms is written (null: no bound). clock_ms is the database's time.
CREATE FUNCTION create_wallet_v2(
  p_wallet_id uuid, p_user_id uuid, p_currency text, p_status wallet_status, p_metadata jsonb, p_request_hash uuid,
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
  INSERT INTO wallets (wallet_id, user_id, currency, status, metadata, request_hash, created_at, updated_at)
  VALUES (p_wallet_id, p_user_id, p_currency, p_status, p_metadata, p_request_hash, v_at, v_at)
  ON CONFLICT (wallet_id) DO NOTHING;
  IF FOUND THEN
    outcome := 'CREATED';
    recorded_request_hash := p_request_hash;
    PERFORM chain_wallet_creation(p_wallet_id, p_key_digest);
  ELSE
    outcome := 'WALLET_EXISTS';
    SELECT request_hash INTO recorded_request_hash FROM wallets WHERE wallet_id = p_wallet_id;
    IF recorded_request_hash IS DISTINCT FROM p_request_hash THEN
      DELETE FROM idempotency_keys WHERE key_digest = p_key_digest;
    END IF;
  END IF;
END $$;

-- For programs of before.
CREATE OR REPLACE FUNCTION create_wallet(
  p_wallet_id uuid, p_user_id uuid, p_currency text, p_status wallet_status, p_metadata jsonb, p_request_hash uuid
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT outcome = 'CREATED' FROM create_wallet_v2(p_wallet_id, p_user_id, p_currency, p_status, p_metadata,
                                                           p_request_hash, NULL, NULL));
END $$;

-- Adds a partition's funding wallet of a currency, or returns the one that is there. The id must hash to the partition. No time
-- above p_created_max_ms is written (null: no bound).
CREATE FUNCTION ensure_funding_wallet_v2(p_wallet_id uuid, p_currency text, p_partition smallint, p_created_max_ms bigint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_found_id uuid;
  v_at timestamptz(3);
BEGIN
  IF partition_of(p_wallet_id) <> p_partition THEN
    RAISE EXCEPTION 'wallet % is not of partition %', p_wallet_id, p_partition USING ERRCODE = '22023';
  END IF;
  v_at := least(clock_timestamp(), to_timestamp(p_created_max_ms / 1000.0));
  INSERT INTO wallets (wallet_id, kind, currency, status, floor, partition, created_at, updated_at)
  VALUES (p_wallet_id, 'FUNDING', p_currency, 'ACTIVE', NULL, p_partition, v_at, v_at)
  ON CONFLICT (currency, partition) WHERE kind = 'FUNDING' DO NOTHING;
  IF FOUND THEN
    PERFORM chain_wallet_creation(p_wallet_id, NULL);
  END IF;
  SELECT wallet_id INTO STRICT v_found_id FROM wallets
   WHERE kind = 'FUNDING' AND currency = p_currency AND partition = p_partition;
  RETURN v_found_id;
END $$;

CREATE OR REPLACE FUNCTION ensure_funding_wallet(p_wallet_id uuid, p_currency text, p_partition smallint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN ensure_funding_wallet_v2(p_wallet_id, p_currency, p_partition, NULL);
END $$;

REVOKE EXECUTE ON FUNCTION chain_wallet_creation, create_wallet_v2, ensure_funding_wallet_v2 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_wallet_v2 TO wallet_gateway;
GRANT EXECUTE ON FUNCTION ensure_funding_wallet_v2 TO wallet_engine;
