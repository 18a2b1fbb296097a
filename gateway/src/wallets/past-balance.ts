import type { Pool } from 'pg';
import { balanceBefore } from '../transactions/balance-before.js';
import { firstEntryAt } from '../transactions/first-entry-at.js';

export interface PastBalance {
  currency: string;
  /** Ten-thousandths. */
  balance: bigint;
  asOf: string;
}

/** From the entries up to an instant, itself included. An instant to come is the present: nobody knows more. */
export async function findPastBalance(database: Pool, walletId: string, at: string): Promise<PastBalance | undefined> {
  const { rows } = await database.query<{ currency: string; as_of: Date }>(
    'SELECT currency, least($2::timestamptz, clock_timestamp()) AS as_of FROM wallets WHERE wallet_id = $1',
    [walletId, at],
  );
  const wallet = rows[0];
  if (!wallet) return undefined;
  // Entries have whole milliseconds.
  const next = await firstEntryAt(database, walletId, new Date(Date.parse(at) + 1).toISOString());
  const balance = await balanceBefore(database, walletId, BigInt(next));
  return { currency: wallet.currency, balance, asOf: wallet.as_of.toISOString() };
}
