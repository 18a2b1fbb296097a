-- Up Migration

-- A funding wallet stands for all that the outside world put in: its balance goes far beyond a user's, up to 10^24. A larger
-- precision of the same scale rewrites nothing. The CHECKs on these columns are made again without reading the tables, since
-- no row could break them before; 012 has them read, without stopping anybody.

-- Every call of apply_batch begins at engine_workers: with it locked no call is half done. Readers are not waited for long.
SET LOCAL lock_timeout = '3s';
LOCK TABLE engine_workers, wallets, transactions IN ACCESS EXCLUSIVE MODE;

DROP VIEW ledger_entries;

ALTER TABLE wallets
  DROP CONSTRAINT wallets_held_check,
  DROP CONSTRAINT wallets_floor_holds,
  DROP CONSTRAINT wallets_closed_is_empty,
  DROP CONSTRAINT wallets_funding;
ALTER TABLE wallets
  ALTER COLUMN balance TYPE numeric(30,4),
  ALTER COLUMN held TYPE numeric(30,4),
  ALTER COLUMN floor TYPE numeric(30,4);
ALTER TABLE wallets
  ADD CONSTRAINT wallets_held_check CHECK (held >= 0) NOT VALID,
  ADD CONSTRAINT wallets_floor_holds CHECK (floor IS NULL OR balance - held >= floor) NOT VALID,
  ADD CONSTRAINT wallets_closed_is_empty CHECK (status <> 'CLOSED' OR (balance = 0 AND held = 0)) NOT VALID,
  ADD CONSTRAINT wallets_funding CHECK ((kind = 'FUNDING') = (floor IS NULL) AND (kind = 'FUNDING') = (partition IS NOT NULL)) NOT VALID;

DO $$
DECLARE v_name text;
BEGIN
  SELECT conname INTO STRICT v_name FROM pg_constraint
   WHERE conrelid = 'transactions'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%sender_balance_after%';
  EXECUTE format('ALTER TABLE transactions DROP CONSTRAINT %I', v_name);
END $$;
ALTER TABLE transactions
  ALTER COLUMN sender_balance_after TYPE numeric(30,4),
  ALTER COLUMN receiver_balance_after TYPE numeric(30,4);
ALTER TABLE transactions
  ADD CONSTRAINT transactions_pair_is_whole
    CHECK (num_nulls(sender_entry_no, receiver_entry_no, sender_balance_after, receiver_balance_after) IN (0, 4)) NOT VALID;

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
GRANT SELECT ON ledger_entries TO wallet_engine, wallet_gateway, wallet_audit;
