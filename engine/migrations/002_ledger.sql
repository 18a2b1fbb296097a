-- Up Migration

CREATE TYPE wallet_status AS ENUM ('CREATED', 'ACTIVE', 'SUSPENDED', 'CLOSED');
CREATE TYPE wallet_kind AS ENUM ('USER', 'FUNDING');
CREATE TYPE transaction_kind AS ENUM
  ('PAYMENT', 'DEPOSIT', 'WITHDRAWAL', 'HOLD', 'CAPTURE', 'VOID', 'EXPIRY', 'REFUND', 'REVERSAL');
CREATE TYPE transaction_status AS ENUM ('INITIATED', 'PROCESSING', 'SUCCESS', 'FAILED');

-- A wallet's balance changes only through apply_batch. Nothing that a payment changes is indexed, and pages keep
-- room for new versions, so that every payment is a heap-only (HOT) update.
CREATE TABLE wallets (
  wallet_id    uuid PRIMARY KEY,
  user_id      uuid,
  kind         wallet_kind NOT NULL DEFAULT 'USER',
  currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  status       wallet_status NOT NULL DEFAULT 'CREATED',
  balance      numeric(19,4) NOT NULL DEFAULT 0,
  held         numeric(19,4) NOT NULL DEFAULT 0 CHECK (held >= 0),
  -- available (balance - held) may not fall below it; NULL: no floor (funding wallets)
  floor        numeric(19,4) DEFAULT 0,
  -- ledger entries so far: the last entry's number
  entry_no     bigint NOT NULL DEFAULT 0,
  -- counts every change of the row
  version      bigint NOT NULL DEFAULT 0,
  -- FUNDING only: the partition whose deposits and withdrawals it balances
  partition    smallint,
  metadata     jsonb,
  -- of the request that created it, so that the same request again is told from another one
  request_hash uuid,
  created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT wallets_floor_holds CHECK (floor IS NULL OR balance - held >= floor),
  CONSTRAINT wallets_closed_is_empty CHECK (status <> 'CLOSED' OR (balance = 0 AND held = 0)),
  CONSTRAINT wallets_funding CHECK ((kind = 'FUNDING') = (floor IS NULL) AND (kind = 'FUNDING') = (partition IS NOT NULL))
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX wallets_funding_key ON wallets (currency, partition) WHERE kind = 'FUNDING';
CREATE INDEX wallets_user_id ON wallets (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX wallets_created ON wallets (created_at, wallet_id);

-- One row a process start: the unit of commit and of the audit chain.
CREATE TABLE engine_workers (
  worker_id   uuid PRIMARY KEY,
  worker_name text NOT NULL,
  batch_seq   bigint NOT NULL DEFAULT 0,
  head_hash   bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  started_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);

-- Who may commit for a partition. The epoch is the fencing token: minted higher at each takeover, never reused.
CREATE TABLE partitions (
  id         smallint PRIMARY KEY,
  epoch      bigint NOT NULL DEFAULT 0,
  worker_id  uuid REFERENCES engine_workers
) WITH (fillfactor = 50);
INSERT INTO partitions (id) SELECT generate_series(0, 63);

-- Every takeover, with how far the old owner had come: what it committed for the partition stands before anything
-- of the new owner's.
CREATE TABLE partition_takeovers (
  partition_id     smallint NOT NULL REFERENCES partitions,
  epoch            bigint NOT NULL,
  worker_id        uuid NOT NULL REFERENCES engine_workers,
  from_worker_id   uuid REFERENCES engine_workers,
  from_batch_seq   bigint,
  taken_at         timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (partition_id, epoch)
);

-- The ledger. A SUCCESS row that moves money is the pair of entries in one row: an unbalanced transaction cannot be
-- written down. Written once, final. No foreign keys to wallets: apply_batch updates those rows in the same call.
CREATE TABLE transactions (
  transaction_id         uuid NOT NULL,
  kind                   transaction_kind NOT NULL,
  status                 transaction_status NOT NULL CHECK (status IN ('SUCCESS', 'FAILED')),
  caller                 text NOT NULL,
  idempotency_key        text NOT NULL,
  request_hash           uuid NOT NULL,
  sender_wallet_id       uuid NOT NULL,
  receiver_wallet_id     uuid NOT NULL,
  amount                 numeric(19,4) NOT NULL CHECK (amount > 0),
  currency               text NOT NULL,
  sender_balance_after   numeric(19,4),
  sender_entry_no        bigint,
  receiver_balance_after numeric(19,4),
  receiver_entry_no      bigint,
  failure_code           text,
  failure_reason         text,
  reference              text,
  description            text,
  metadata               jsonb,
  parent_transaction_id  uuid,
  partition              smallint NOT NULL,
  worker_id              uuid NOT NULL,
  batch_seq              bigint NOT NULL,
  initiated_at           timestamptz(3) NOT NULL,
  processing_at          timestamptz(3) NOT NULL,
  created_at             timestamptz(3) NOT NULL,
  CHECK (sender_wallet_id <> receiver_wallet_id),
  CHECK ((status = 'FAILED') = (failure_code IS NOT NULL)),
  CHECK (status = 'SUCCESS' OR (sender_entry_no IS NULL AND receiver_entry_no IS NULL)),
  CHECK (num_nulls(sender_entry_no, receiver_entry_no, sender_balance_after, receiver_balance_after) IN (0, 4)),
  CHECK (status = 'FAILED' OR sender_entry_no IS NOT NULL OR kind IN ('HOLD', 'VOID', 'EXPIRY')),
  PRIMARY KEY (transaction_id)
) PARTITION BY RANGE (transaction_id);
CREATE INDEX transactions_sender ON transactions (sender_wallet_id, sender_entry_no);
CREATE INDEX transactions_receiver ON transactions (receiver_wallet_id, receiver_entry_no);
CREATE INDEX transactions_failed ON transactions (transaction_id) WHERE status = 'FAILED';
CREATE INDEX transactions_failed_sender ON transactions (sender_wallet_id, transaction_id) WHERE status = 'FAILED';
CREATE INDEX transactions_failed_receiver ON transactions (receiver_wallet_id, transaction_id) WHERE status = 'FAILED';

-- The lowest UUIDv7 of an instant: its first 48 bits are the Unix time in milliseconds.
CREATE FUNCTION uuid_at(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the month tables of `transactions` from last month to `months_ahead` months from now. Each is made apart and then
-- attached, which lets payments go on; making it in place would lock them out for as long as anybody reads the ledger.
CREATE FUNCTION ensure_transaction_months(months_ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  month_start timestamptz;
  table_name text;
BEGIN
  FOR i IN -1 .. months_ahead LOOP
    month_start := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    month_start := ((month_start AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
    table_name := 'transactions_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(table_name) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtext('ensure_transaction_months'));
      IF to_regclass(table_name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE transactions INCLUDING ALL)', table_name);
        EXECUTE format('ALTER TABLE transactions ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', table_name,
          uuid_at(month_start),
          uuid_at(((month_start AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'));
      END IF;
    END IF;
  END LOOP;
END $$;
SELECT ensure_transaction_months(3);

-- Two rows a pair. To page one wallet's entries, read `transactions` by (wallet, entry number).
CREATE VIEW ledger_entries AS
  SELECT md5(transaction_id::text || ':DEBIT')::uuid AS entry_id, sender_wallet_id AS wallet_id, transaction_id,
         'DEBIT' AS entry_type, amount, currency, sender_balance_after AS balance_after, sender_entry_no AS entry_no,
         created_at, description
    FROM transactions WHERE sender_entry_no IS NOT NULL
  UNION ALL
  SELECT md5(transaction_id::text || ':CREDIT')::uuid, receiver_wallet_id, transaction_id,
         'CREDIT', amount, currency, receiver_balance_after, receiver_entry_no,
         created_at, description
    FROM transactions WHERE receiver_entry_no IS NOT NULL;

CREATE TABLE transaction_failures (
  failure_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  transaction_id uuid NOT NULL,
  failure_code   text NOT NULL,
  category       text NOT NULL,
  created_at     timestamptz(3) NOT NULL
);
CREATE INDEX transaction_failures_created ON transaction_failures (created_at, failure_code);
CREATE INDEX transaction_failures_transaction ON transaction_failures (transaction_id);

-- What makes a payment exist once: 16 bytes of SHA-256 over caller, U+0000 and key.
CREATE TABLE idempotency_keys (
  key_digest     uuid PRIMARY KEY,
  transaction_id uuid NOT NULL
);

-- One row a call of apply_batch: the outbox, the audit chain, and the exact figures of every second.
CREATE TABLE ledger_batches (
  worker_id       uuid NOT NULL,
  batch_seq       bigint NOT NULL,
  -- in leaf order
  transaction_ids uuid[] NOT NULL,
  -- {succeeded, failed, failuresByCode, countByKind, sumByCurrency}
  figures         jsonb NOT NULL,
  -- transactions per bucket, from the gateway's acceptance to the commit
  latency         int[] NOT NULL,
  -- the engine's, over what it asked for
  merkle_root     bytea NOT NULL,
  -- the database's, over what it decided: entry numbers, balances, time
  digest          bytea NOT NULL,
  -- SHA-256 over previous head, batch_seq (8 bytes, big endian), merkle_root, digest
  head_hash       bytea NOT NULL,
  created_at      timestamptz(3) NOT NULL,
  PRIMARY KEY (worker_id, batch_seq)
);
CREATE INDEX ledger_batches_created ON ledger_batches (created_at);

-- What people and programs did that moved no money.
CREATE TABLE audit_log (
  audit_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  caller     text NOT NULL,
  action     text NOT NULL,
  subject    text NOT NULL,
  detail     jsonb NOT NULL
);
CREATE INDEX audit_log_subject ON audit_log (subject, audit_id);

GRANT SELECT ON ALL TABLES IN SCHEMA public TO wallet_engine, wallet_gateway, wallet_audit;
REVOKE EXECUTE ON FUNCTION ensure_transaction_months(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_transaction_months(int) TO wallet_engine;
