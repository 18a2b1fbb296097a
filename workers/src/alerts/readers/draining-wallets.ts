import type { Database } from '../../database.js';
import type { DrainedWallet, DrainedWallets } from '../rules/wallet-drain.js';

/** What is new is looked at no further back than this, as after a pause. */
const newSecondsMax = 60;
/** Wallets that are looked at closely: those that lost the largest share in what is new, and those that were seen to. */
const candidatesMax = 50;
/** Of one wallet: a longer history within the window is not added up. */
const entriesMax = 2_000;
/** How far the time in a transaction's id may be from its commit. */
const idSlackSeconds = 30;

/**
 * Wallets that may have lost much of their balance within a window. Each round reads the transactions of the seconds that are new, once,
 * and then the entries of a few wallets: what is drained over a window loses a large share in its last part, too. Funding wallets, and those
 * with credit, which are meant to be used up and live below zero, are left out.
 */
export class DrainingWallets {
  #before = 0;
  /** Looked at again until their window is over. */
  readonly #watched = new Map<string, number>();

  constructor(private readonly database: Database) {}

  async read(before: number, windowMinutes: number): Promise<DrainedWallets> {
    const from = Math.max(this.#before, before - newSecondsMax);
    const losing = from < before ? await this.#losingMost(from, before) : [];
    this.#before = before;
    for (const walletId of losing) {
      this.#watched.delete(walletId);
      this.#watched.set(walletId, before);
    }
    for (const [walletId, seen] of this.#watched) {
      if (seen < before - 60 * windowMinutes || this.#watched.size > candidatesMax) this.#watched.delete(walletId);
    }
    const wallets = await this.#lost([...this.#watched.keys()], before - 60 * windowMinutes);
    return { wallets };
  }

  async #losingMost(from: number, before: number): Promise<string[]> {
    const { rows } = await this.database.query<{ wallet_id: string }>(
      `WITH sender AS (
         SELECT sender_wallet_id AS wallet_id, sum(amount) AS sent, min(sender_balance_after) AS left_over FROM transactions
          WHERE transaction_id >= uuid_at(to_timestamp($1::float8 - $3::float8)) AND transaction_id < uuid_at(to_timestamp($2::float8 + $3::float8))
            AND created_at >= to_timestamp($1) AND created_at < to_timestamp($2)
            AND sender_entry_no IS NOT NULL AND kind <> 'DEPOSIT'
          GROUP BY 1)
       SELECT s.wallet_id FROM (SELECT * FROM sender ORDER BY sent / (sent + greatest(left_over, 0)) DESC LIMIT 4 * $4::int) AS s
         JOIN wallets w ON w.wallet_id = s.wallet_id AND w.floor = 0
        ORDER BY sent / (sent + greatest(left_over, 0)) DESC LIMIT $4::int`,
      [from, before, idSlackSeconds, candidatesMax],
    );
    // The one that lost most comes last: of too many it stays.
    return rows.map(({ wallet_id }) => wallet_id).reverse();
  }

  /** In one statement, so that the balance and the entries are of one moment. */
  async #lost(walletIds: readonly string[], from: number): Promise<DrainedWallet[]> {
    if (walletIds.length === 0) return [];
    const { rows } = await this.database.query<Record<'id' | 'currency' | 'before' | 'after' | 'payments', string>>(
      `SELECT w.wallet_id AS id, w.currency, (w.balance * 10000)::numeric(40,0)::text AS after,
              ((w.balance + out.amount - came.amount) * 10000)::numeric(40,0)::text AS before, out.count AS payments
         FROM unnest($1::uuid[]) AS listed (id) JOIN wallets w ON w.wallet_id = listed.id,
              LATERAL (SELECT coalesce(sum(amount), 0) AS amount, count(*) AS count FROM (
                SELECT amount, created_at FROM transactions WHERE sender_wallet_id = w.wallet_id AND sender_entry_no IS NOT NULL
                   AND transaction_id >= uuid_at(to_timestamp($2::float8 - $3::float8)) ORDER BY sender_entry_no DESC LIMIT $4) AS one
                WHERE created_at >= to_timestamp($2)) AS out,
              LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM (
                SELECT amount, created_at FROM transactions WHERE receiver_wallet_id = w.wallet_id AND receiver_entry_no IS NOT NULL
                   AND transaction_id >= uuid_at(to_timestamp($2::float8 - $3::float8)) ORDER BY receiver_entry_no DESC LIMIT $4) AS one
                WHERE created_at >= to_timestamp($2)) AS came`,
      [walletIds, from, idSlackSeconds, entriesMax],
    );
    return rows.map(({ id, currency, before, after, payments }) => ({
      ...{ walletId: id, currency, before: BigInt(before), after: BigInt(after), payments: Number(payments) },
    }));
  }
}
