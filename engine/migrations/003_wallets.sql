-- Up Migration

-- Adds a wallet, empty. False when the id is taken: the caller compares what is there.
CREATE FUNCTION create_wallet(
  p_wallet_id uuid, p_user_id uuid, p_currency text, p_status wallet_status, p_metadata jsonb, p_request_hash uuid
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_status NOT IN ('CREATED', 'ACTIVE') THEN
    RAISE EXCEPTION 'a new wallet is CREATED or ACTIVE, not %', p_status USING ERRCODE = '22023';
  END IF;
  INSERT INTO wallets (wallet_id, user_id, currency, status, metadata, request_hash)
  VALUES (p_wallet_id, p_user_id, p_currency, p_status, p_metadata, p_request_hash)
  ON CONFLICT (wallet_id) DO NOTHING;
  RETURN FOUND;
END $$;

-- Adds a partition's funding wallet of a currency, or returns the one that is there. The id must hash to the partition.
CREATE FUNCTION ensure_funding_wallet(p_wallet_id uuid, p_currency text, p_partition smallint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found_id uuid;
BEGIN
  IF (get_byte(sha256(uuid_send(p_wallet_id)), 0)::bigint << 24 | get_byte(sha256(uuid_send(p_wallet_id)), 1) << 16
      | get_byte(sha256(uuid_send(p_wallet_id)), 2) << 8 | get_byte(sha256(uuid_send(p_wallet_id)), 3))
     % (SELECT count(*) FROM partitions) <> p_partition THEN
    RAISE EXCEPTION 'wallet % is not of partition %', p_wallet_id, p_partition USING ERRCODE = '22023';
  END IF;
  INSERT INTO wallets (wallet_id, kind, currency, status, floor, partition)
  VALUES (p_wallet_id, 'FUNDING', p_currency, 'ACTIVE', NULL, p_partition)
  ON CONFLICT (currency, partition) WHERE kind = 'FUNDING' DO NOTHING;
  SELECT wallet_id INTO STRICT found_id FROM wallets
   WHERE kind = 'FUNDING' AND currency = p_currency AND partition = p_partition;
  RETURN found_id;
END $$;

REVOKE EXECUTE ON FUNCTION create_wallet(uuid, uuid, text, wallet_status, jsonb, uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ensure_funding_wallet(uuid, text, smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_wallet(uuid, uuid, text, wallet_status, jsonb, uuid) TO wallet_gateway;
GRANT EXECUTE ON FUNCTION ensure_funding_wallet(uuid, text, smallint) TO wallet_engine;
