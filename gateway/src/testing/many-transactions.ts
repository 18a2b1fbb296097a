import type pg from 'pg';

/** A wallet that takes part in every tenth transaction, and its only partner; every tenth of theirs fails. */
export const busyWallet = '00000000-0000-4000-8000-000000000001';
export const busyPartner = '00000000-0000-4000-8000-000000000002';
/** Who has every other quiet wallet. */
export const busyUser = '00000000-0000-4000-8000-0000000000ff';

/** What the tables are filled with. */
export interface ManyTransactions {
  /** A multiple of 100. */
  count: number;
  /** Pairs of wallets that pay each other in turn. */
  quietPairs: number;
  /** Between one transaction and the next; the last one is of now. */
  everyMs: number;
}

const transactionsPerStatement = 100_000;

/**
 * Fills the ledger in the database itself, as payments would have: PAYMENTs in EUR, entry numbers without holes, ids that
 * run with time. Balances are not kept. Needs the tables' owner.
 */
export async function writeManyTransactions(owner: pg.Pool, { count, quietPairs, everyMs }: ManyTransactions) {
  await owner.query(
    `INSERT INTO wallets (wallet_id, user_id, currency, status, entry_no, created_at)
     SELECT CASE WHEN i <= 2 THEN ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid ELSE md5(i::text)::uuid END,
            CASE WHEN i > 2 AND i % 2 = 0 THEN $2::uuid END, 'EUR', 'ACTIVE',
            CASE WHEN i <= 2 THEN $3::bigint / 10 - $3::bigint / 100
                 ELSE ($3::bigint - $3::bigint / 10 - (i - 3) / 2 - 1) / $1::int + 1 END,
            now() - interval '90 days' + i * interval '1 ms'
       FROM generate_series(1, $1::int * 2 + 2) AS i`,
    [quietPairs, busyUser, count],
  );
  const lastMs = Date.now();
  const statements: [number, number][] = [];
  for (let first = 0; first < count; first += transactionsPerStatement) {
    statements.push([first, Math.min(first + transactionsPerStatement, count) - 1]);
  }
  const work = async () => {
    for (let next = statements.shift(); next; next = statements.shift()) {
      await owner.query(insertTransactions, [...next, quietPairs, lastMs - count * everyMs, everyMs]);
    }
  };
  await Promise.all([work(), work()]);
}

// 0, 10, 20 …: the busy pair, of which 0, 100, 200 … fail.
const insertTransactions = `
  INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id,
    receiver_wallet_id, amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no,
    failure_code, failure_reason, partition, worker_id, batch_seq, initiated_at, processing_at, created_at)
  SELECT (lpad(to_hex(floor($4::float8 + i * $5::float8)::bigint), 12, '0') || '7' || lpad(to_hex(i), 19, '0'))::uuid,
         'PAYMENT', CASE WHEN failed THEN 'FAILED' ELSE 'SUCCESS' END::transaction_status, 'filler', 'key-' || i,
         md5('hash' || i)::uuid, CASE WHEN turn % 2 = 0 THEN a ELSE b END, CASE WHEN turn % 2 = 0 THEN b ELSE a END, 1, 'EUR',
         CASE WHEN NOT failed THEN 0 END, CASE WHEN NOT failed THEN turn + 1 END,
         CASE WHEN NOT failed THEN 0 END, CASE WHEN NOT failed THEN turn + 1 END,
         CASE WHEN failed THEN 'INSUFFICIENT_FUNDS' END, CASE WHEN failed THEN 'too little' END,
         7, '00000000-0000-7000-8000-000000000000', i / 500, at, at, at
    FROM generate_series($1::int, $2::int) AS i,
         LATERAL (SELECT i % 10 = 0 AS busy, i % 100 = 0 AS failed, i - i / 10 - 1 AS quiet,
                         to_timestamp(floor($4::float8 + i * $5::float8) / 1000) AS at) AS one,
         LATERAL (SELECT CASE WHEN busy THEN i / 10 - i / 100 - 1 ELSE quiet / $3::int END AS turn,
                         CASE WHEN busy THEN '${busyWallet}'::uuid ELSE md5((2 * (quiet % $3::int) + 3)::text)::uuid END AS a,
                         CASE WHEN busy THEN '${busyPartner}'::uuid ELSE md5((2 * (quiet % $3::int) + 4)::text)::uuid END AS b) AS two`;
