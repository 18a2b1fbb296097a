import type pg from 'pg';
import { currency, seedAmount } from './workload.js';

/** The straightforward design: entries are rows of their own, a balance is their sum. */
export async function createPlanTables(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE SCHEMA plan;
    CREATE TABLE plan.wallets (
      wallet_id  uuid PRIMARY KEY,
      user_id    uuid,
      status     text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      metadata   jsonb
    );
    CREATE INDEX ON plan.wallets (user_id);
    CREATE TABLE plan.transactions (
      transaction_id     uuid PRIMARY KEY,
      idempotency_key    varchar(255) NOT NULL UNIQUE,
      sender_wallet_id   uuid NOT NULL,
      receiver_wallet_id uuid NOT NULL,
      amount             decimal(19,4) NOT NULL,
      status             text NOT NULL,
      failure_code       varchar(50),
      failure_reason     text,
      created_at         timestamptz NOT NULL DEFAULT now(),
      updated_at         timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE plan.ledger_entries (
      entry_id       uuid PRIMARY KEY,
      wallet_id      uuid NOT NULL,
      transaction_id uuid NOT NULL,
      entry_type     text NOT NULL,
      amount         decimal(19,4) NOT NULL,
      balance_after  decimal(19,4) NOT NULL,
      created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
      description    text
    )`);
  // The same wallets, each with one deposit from a bank wallet of its own.
  await client.query(
    `INSERT INTO plan.wallets (wallet_id, status) SELECT wallet_id, 'ACTIVE' FROM public.wallets WHERE kind = 'USER';
     INSERT INTO plan.wallets (wallet_id, status) SELECT gen_random_uuid(), 'BANK' FROM generate_series(1, 64);
     CREATE TEMP TABLE deposit AS
       SELECT gen_random_uuid() AS id, wallet_id, (SELECT min(wallet_id::text)::uuid FROM plan.wallets WHERE status = 'BANK') AS bank
         FROM plan.wallets WHERE status = 'ACTIVE';
     INSERT INTO plan.transactions (transaction_id, idempotency_key, sender_wallet_id, receiver_wallet_id, amount, status)
       SELECT id, id::text, bank, wallet_id, ${seedAmount} / 10000, 'SUCCESS' FROM deposit;
     INSERT INTO plan.ledger_entries (entry_id, wallet_id, transaction_id, entry_type, amount, balance_after, description)
       SELECT gen_random_uuid(), bank, id, 'DEBIT', ${seedAmount} / 10000, -row_number() OVER () * ${seedAmount} / 10000, '${currency}' FROM deposit;
     INSERT INTO plan.ledger_entries (entry_id, wallet_id, transaction_id, entry_type, amount, balance_after, description)
       SELECT gen_random_uuid(), wallet_id, id, 'CREDIT', ${seedAmount} / 10000, ${seedAmount} / 10000, '${currency}' FROM deposit;
     DROP TABLE deposit;
     ALTER TABLE plan.transactions ADD FOREIGN KEY (sender_wallet_id) REFERENCES plan.wallets,
       ADD FOREIGN KEY (receiver_wallet_id) REFERENCES plan.wallets;
     ALTER TABLE plan.ledger_entries ADD FOREIGN KEY (wallet_id) REFERENCES plan.wallets,
       ADD FOREIGN KEY (transaction_id) REFERENCES plan.transactions;
     CREATE INDEX ON plan.ledger_entries (wallet_id, created_at);
     CREATE INDEX ON plan.ledger_entries (transaction_id);
     CREATE INDEX ON plan.ledger_entries (created_at)`,
  );
}

/** Every transaction succeeded with one debit and one credit of its amount, and a wallet's last balance_after is its sum. */
export async function planBooksBalance(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`
    SELECT NOT EXISTS (
             SELECT FROM plan.transactions t LEFT JOIN plan.ledger_entries e USING (transaction_id)
              GROUP BY t.transaction_id, t.amount, t.status
             HAVING t.status <> 'SUCCESS' OR count(*) FILTER (WHERE e.entry_type = 'DEBIT' AND e.amount = t.amount) <> 1
                 OR count(*) FILTER (WHERE e.entry_type = 'CREDIT' AND e.amount = t.amount) <> 1 OR count(*) <> 2)
       AND NOT EXISTS (
             SELECT FROM (SELECT wallet_id, sum(CASE entry_type WHEN 'CREDIT' THEN amount ELSE -amount END) AS total
                            FROM plan.ledger_entries GROUP BY wallet_id) s
              JOIN LATERAL (SELECT balance_after FROM plan.ledger_entries e WHERE e.wallet_id = s.wallet_id
                             ORDER BY created_at DESC, balance_after LIMIT 1) last ON true
              JOIN plan.wallets w ON w.wallet_id = s.wallet_id AND w.status = 'ACTIVE'
             WHERE s.total < 0 OR (last.balance_after <> s.total AND NOT EXISTS (
                     SELECT FROM plan.ledger_entries e WHERE e.wallet_id = s.wallet_id AND e.balance_after = s.total))) AS balance`);
  return rows[0].balance;
}
