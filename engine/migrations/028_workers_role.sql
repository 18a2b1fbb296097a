-- Up Migration

-- The workers follow the ledger and write what they find into tables of their own: they read what they need of it, and change nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_workers') THEN
    BEGIN
      CREATE ROLE wallet_workers LOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database's migration made it meanwhile
    END;
  END IF;
END $$;

-- Long readers work in short chunks: an open snapshot keeps the rows that payments change from being cleaned up.
DO $$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    BEGIN
      ALTER ROLE wallet_workers SET transaction_timeout = '30s';
      ALTER ROLE wallet_workers SET lock_timeout = '1200ms';
      ALTER ROLE wallet_workers SET default_transaction_isolation = 'read committed';
      RETURN;
    EXCEPTION WHEN internal_error THEN
      PERFORM pg_sleep(0.1); -- another database's migration is changing the same roles
    END;
  END LOOP;
  RAISE EXCEPTION 'the role could not be set up; run the migration again';
END $$;

GRANT USAGE ON SCHEMA public TO wallet_workers;
GRANT SELECT ON wallets, engine_workers, partitions, partition_takeovers, transactions, ledger_entries, transaction_failures,
  idempotency_keys, ledger_batches, audit_log, atomic_batches, wallet_creations, wallet_creation_heads, ledger_minutes, holds,
  refund_totals, least_protocol, scoped_wallets TO wallet_workers;
GRANT SELECT (user_id, email, name, role, disabled_at) ON ops_users TO wallet_workers;
GRANT SELECT (approval_id, action, subject, requested_by, requested_at, expires_at, status, decided_at) ON approvals TO wallet_workers;
