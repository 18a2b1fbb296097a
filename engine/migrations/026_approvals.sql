-- Up Migration

-- For an engine that refuses a command whose expectation (`expectedRefunded` and its like) is not so any more.
CREATE OR REPLACE FUNCTION register_worker_v5(p_worker_id uuid, p_worker_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO engine_workers (worker_id, worker_name, protocol) VALUES (p_worker_id, p_worker_name, 5)
$$;
REVOKE EXECUTE ON FUNCTION register_worker_v5(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_worker_v5(uuid, text) TO wallet_engine;
