import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';

export interface BalanceRow {
  currency: string;
  balance: string;
  held: string;
  version: string;
  /** Missing from those that a gateway of before has kept in Redis. */
  scope?: string | null;
  /** What was committed before it is in it. */
  as_of: Date;
}

export async function findBalance(database: Pool, scope: Scope, walletId: string): Promise<BalanceRow | undefined> {
  const { rows } = await database.query<BalanceRow>({
    name: 'wallet-balance',
    text: `SELECT currency, balance, held, version, scope, now() AS as_of
             FROM wallets WHERE wallet_id = $1 AND ($2::text IS NULL OR scope = $2)`,
    values: [walletId, scope],
  });
  return rows[0];
}
