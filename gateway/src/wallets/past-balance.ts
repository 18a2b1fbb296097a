import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';
import { balanceBefore } from '../transactions/balance-before.js';
import { firstEntryAt } from '../transactions/first-entry-at.js';

export interface PastBalance {
  currency: string;
  /** Ten-thousandths. */
  balance: bigint;
  asOf: string;
}

/** From the entries up to an instant, itself included. An instant to come is the present: nobody knows more. */
export async function findPastBalance(
  database: Pool,
  scope: Scope,
  walletId: string,
  at: string,
): Promise<PastBalance | undefined> {
  const { rows } = await database.query<{ currency: string; as_of: Date }>(
    `SELECT currency, least($2::timestamptz, clock_timestamp()) AS as_of
       FROM wallets WHERE wallet_id = $1 AND ($3::text IS NULL OR scope = $3)`,
    [walletId, at, scope],
  );
  const wallet = rows[0];
  if (!wallet) return undefined;
  // Entries have whole milliseconds.
  const next = await firstEntryAt(database, walletId, new Date(Date.parse(at) + 1).toISOString());
  const balance = await balanceBefore(database, walletId, BigInt(next));
  return { currency: wallet.currency, balance, asOf: wallet.as_of.toISOString() };
}
