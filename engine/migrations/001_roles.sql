-- Up Migration

-- One role for each kind of program, with the least rights it needs; who deploys sets their passwords.
-- Roles belong to the whole server, so several databases may share them.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['wallet_engine', 'wallet_gateway', 'wallet_audit'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I LOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database's migration made it meanwhile
      END;
    END IF;
  END LOOP;
END $$;

-- A client that stalls between Execute and Sync would hold its locks for ever. Another database's migration may be changing
-- the same roles: then once more.
DO $$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    BEGIN
      ALTER ROLE wallet_engine SET transaction_timeout = '10s';
      ALTER ROLE wallet_engine SET synchronous_commit = 'on';
      ALTER ROLE wallet_gateway SET transaction_timeout = '10s';
      RETURN;
    EXCEPTION WHEN internal_error THEN
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
  RAISE EXCEPTION 'the roles could not be set up; run the migration again';
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO wallet_engine, wallet_gateway, wallet_audit;
