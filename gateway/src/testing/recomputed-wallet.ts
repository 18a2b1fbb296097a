import type pg from 'pg';

/** What a wallet's row says, and what its transactions add up to: both as Postgres writes them. */
export interface RecomputedWallet {
  row: WalletSums;
  recomputed: WalletSums;
}

interface WalletSums {
  balance: string;
  held: string;
  dayOut: string;
  dayIn: string;
}

/** Adds a wallet up anew, from its transactions alone. The day is that of its counters. */
export async function recomputedWallet(owner: pg.Pool, walletId: string): Promise<RecomputedWallet> {
  const { rows } = await owner.query<{ row: WalletSums; recomputed: WalletSums }>(recomputeSql, [walletId]);
  return rows[0] as RecomputedWallet;
}

const sums = (balance: string, held: string, dayOut: string, dayIn: string) =>
  `json_build_object('balance', (${balance})::numeric(30,4)::text, 'held', (${held})::numeric(30,4)::text,
                     'dayOut', (${dayOut})::numeric(30,4)::text, 'dayIn', (${dayIn})::numeric(30,4)::text)`;

const recomputeSql = `
  WITH wallet AS (SELECT * FROM wallets WHERE wallet_id = $1),
  moved AS (
    SELECT t.kind, t.amount, coalesce(t.released, 0) AS released, t.sender_wallet_id = $1 AS sent,
           floor(extract(epoch FROM t.created_at) / 86400) = w.counter_day AS today,
           floor(extract(epoch FROM coalesce(hold.created_at, t.created_at)) / 86400) = w.counter_day AS of_today
      FROM wallet w, transactions t LEFT JOIN transactions hold ON hold.transaction_id = t.parent_transaction_id
     WHERE t.status = 'SUCCESS' AND $1 IN (t.sender_wallet_id, t.receiver_wallet_id)
  )
  SELECT ${sums('w.balance', 'w.held', 'w.day_out', 'w.day_in')} AS row,
         ${sums(
           `coalesce(sum(CASE WHEN sent THEN -m.amount ELSE m.amount END) FILTER (WHERE m.kind NOT IN ('HOLD', 'VOID', 'EXPIRY')), 0)`,
           `coalesce(sum(CASE WHEN m.kind = 'HOLD' THEN m.amount ELSE -m.amount - m.released END)
                       FILTER (WHERE sent AND m.kind IN ('HOLD', 'CAPTURE', 'VOID', 'EXPIRY')), 0)`,
           `coalesce(sum(m.amount) FILTER (WHERE sent AND today AND m.kind IN ('PAYMENT', 'WITHDRAWAL', 'HOLD')), 0)
            - coalesce(sum(CASE WHEN m.kind = 'CAPTURE' THEN m.released ELSE m.amount END)
                         FILTER (WHERE sent AND today AND of_today AND m.kind IN ('CAPTURE', 'VOID', 'EXPIRY')), 0)`,
           `coalesce(sum(m.amount) FILTER (WHERE NOT sent AND today AND m.kind IN ('PAYMENT', 'DEPOSIT', 'CAPTURE')), 0)`,
         )} AS recomputed
    FROM wallet w LEFT JOIN moved m ON true GROUP BY w.wallet_id, w.balance, w.held, w.day_out, w.day_in`;
