import type pg from 'pg';

/** A wallet's row, and what has to be of the same moment: all read by one statement, which is one snapshot and a short one. */
export interface WalletRow {
  readonly walletId: string;
  /** null: there is no row. */
  readonly currency: string | null;
  readonly balance: string;
  readonly held: string;
  /** As many entries it has; every one of them is committed by now, and those that come later have higher numbers. */
  readonly entryNo: string;
  /** The highest number that its entries have. */
  readonly lastNo: string;
  readonly day: number;
  readonly dayOut: string;
  readonly dayIn: string;
  /** What is left of its open holds. */
  readonly openHolds: string;
  /** What transactions without entries (holds, voids, expiries) count out on the day of its counters. */
  readonly unpostedOut: string;
  /** The last day on which one was counted; null: none was since then. */
  readonly unpostedDay: number | null;
  /** Incremental: its entries are looked at from here on. */
  readonly fromNo: string;
}

/** As far as a transaction's id may be away from the time of its commit. */
const idSlack = `interval '1 hour'`;

/** Engines of before keep no counters: what they committed counts for nothing. */
export const countingEngine = (engineId: string) =>
  `(SELECT e.protocol >= 4 FROM engine_workers e WHERE e.worker_id = ${engineId})`;

const columns = (wallet: string, fromNo: string) => `
  ${wallet} AS "walletId", w.currency, coalesce(w.balance, 0) AS balance, coalesce(w.held, 0) AS held, coalesce(w.entry_no, 0) AS "entryNo",
  coalesce(w.counter_day, 0) AS day, coalesce(w.day_out, 0) AS "dayOut", coalesce(w.day_in, 0) AS "dayIn", ${fromNo} AS "fromNo",
  (SELECT coalesce(sum(h.amount - h.captured), 0) FROM holds h WHERE h.wallet_id = ${wallet} AND h.status = 'OPEN') AS "openHolds",
  coalesce(greatest(
    (SELECT t.sender_entry_no FROM transactions t WHERE t.sender_wallet_id = ${wallet} AND t.sender_entry_no IS NOT NULL
      ORDER BY t.sender_entry_no DESC LIMIT 1),
    (SELECT t.receiver_entry_no FROM transactions t WHERE t.receiver_wallet_id = ${wallet} AND t.receiver_entry_no IS NOT NULL
      ORDER BY t.receiver_entry_no DESC LIMIT 1)), 0) AS "lastNo",
  u.total AS "unpostedOut", u.last_day AS "unpostedDay"`;

const unposted = (wallet: string) => `
  LATERAL (
    SELECT coalesce(sum(CASE WHEN t.kind = 'HOLD' THEN t.amount WHEN h.made_day = w.counter_day THEN -t.amount END)
                      FILTER (WHERE t.created_at::date - date 'epoch' = w.counter_day), 0) AS total,
           max(t.created_at::date - date 'epoch') AS last_day
      FROM transactions t LEFT JOIN holds h ON t.kind <> 'HOLD' AND h.hold_id = t.parent_transaction_id
     WHERE t.sender_wallet_id = ${wallet} AND t.sender_entry_no IS NULL AND t.status = 'SUCCESS'
       AND t.transaction_id >= uuid_at((date 'epoch' + w.counter_day)::timestamp AT TIME ZONE 'UTC' - ${idSlack})
       AND t.created_at >= (date 'epoch' + w.counter_day)::timestamp AT TIME ZONE 'UTC'
       AND ${countingEngine('t.worker_id')}
  ) u`;

/** In the order of their ids. */
export async function readWallets(client: pg.ClientBase, after: string, most: number): Promise<WalletRow[]> {
  const { rows } = await client.query<WalletRow>({
    name: 'reconciliation-wallets',
    text: `SELECT ${columns('w.wallet_id', '1')} FROM wallets w, ${unposted('w.wallet_id')}
            WHERE w.wallet_id > $1 ORDER BY w.wallet_id LIMIT $2`,
    values: [after, most],
  });
  return rows;
}

/** Those that an incremental run has to look at; also such as have no row. */
export async function readTouchedWallets(
  client: pg.ClientBase,
  { runNo, after, most }: { runNo: string; after: string; most: number },
): Promise<WalletRow[]> {
  const { rows } = await client.query<WalletRow>({
    name: 'reconciliation-touched-wallets',
    text: `SELECT ${columns('touched.wallet_id', 'touched.from_no')}
             FROM (SELECT wallet_id, from_no FROM reconciliation_touched
                    WHERE run_no = $1 AND wallet_id > $2 ORDER BY wallet_id LIMIT $3) touched
             LEFT JOIN wallets w ON w.wallet_id = touched.wallet_id
             LEFT JOIN ${unposted('touched.wallet_id')} ON true
            ORDER BY touched.wallet_id`,
    values: [runNo, after, most],
  });
  return rows;
}
