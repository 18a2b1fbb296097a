-- Up Migration

SET LOCAL lock_timeout = '3s';

-- How far below zero a wallet may go is its floor. The others are null for no bound. The counters are of one UTC day (whole days
-- since 1970-01-01) and kept without a limit, too; they are in no index, so that a payment's update stays in its page. They have no
-- precision of their own, and one CHECK stands for three: both are paid for by every payment.
ALTER TABLE wallets
  ADD COLUMN per_payment numeric(30,4),
  ADD COLUMN daily_out   numeric(30,4),
  ADD COLUMN daily_in    numeric(30,4),
  ADD COLUMN counter_day int NOT NULL DEFAULT 0,
  ADD COLUMN day_out     numeric NOT NULL DEFAULT 0,
  ADD COLUMN day_in      numeric NOT NULL DEFAULT 0,
  ADD CHECK (least(per_payment, daily_out, daily_in) >= 0);

ALTER TABLE transactions
  -- when it took place in its caller's world
  ADD COLUMN effective_at timestamptz(3),
  -- of a capture: what it gave back
  ADD COLUMN released     numeric(19,4);

CREATE TYPE hold_status AS ENUM ('OPEN', 'CAPTURED', 'VOIDED', 'EXPIRED');

-- Money of a wallet set apart for another. What its caller said of it stands in its transaction, of the same id.
CREATE TABLE holds (
  hold_id            uuid PRIMARY KEY,
  wallet_id          uuid NOT NULL,
  receiver_wallet_id uuid NOT NULL,
  partition          smallint NOT NULL,
  currency           text NOT NULL,
  amount             numeric(19,4) NOT NULL CHECK (amount > 0),
  captured           numeric(19,4) NOT NULL DEFAULT 0,
  captures           int NOT NULL DEFAULT 0,
  status             hold_status NOT NULL DEFAULT 'OPEN',
  expires_at         timestamptz(3) NOT NULL,
  -- the UTC day it was made
  made_day           int NOT NULL,
  created_at         timestamptz(3) NOT NULL,
  updated_at         timestamptz(3) NOT NULL,
  CHECK (captured BETWEEN 0 AND amount),
  CHECK (status <> 'OPEN' OR captured < amount)
) WITH (fillfactor = 80);
CREATE INDEX holds_due ON holds (partition, expires_at) WHERE status = 'OPEN';
CREATE INDEX holds_open ON holds (hold_id) WHERE status = 'OPEN';
CREATE INDEX holds_wallet ON holds (wallet_id, hold_id);
CREATE INDEX holds_receiver ON holds (receiver_wallet_id, hold_id);

-- What was paid back of a transaction, by refunds and a reversal together.
CREATE TABLE refund_totals (
  transaction_id uuid PRIMARY KEY,
  amount         numeric(19,4) NOT NULL,
  refunded       numeric(19,4) NOT NULL CHECK (refunded > 0),
  refunds        int NOT NULL,
  CHECK (refunded <= amount)
) WITH (fillfactor = 80);

GRANT SELECT ON holds, refund_totals TO wallet_engine, wallet_gateway, wallet_audit;

-- An engine of before knows neither holds nor limits: none are made while one owns partitions.
CREATE FUNCTION register_worker_v4(p_worker_id uuid, p_worker_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO engine_workers (worker_id, worker_name, protocol) VALUES (p_worker_id, p_worker_name, 4)
$$;
REVOKE EXECUTE ON FUNCTION register_worker_v4(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_worker_v4(uuid, text) TO wallet_engine;
