import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';
import { type WalletRow, walletColumns } from './wallet-row.js';

export async function findWallet(database: Pool, scope: Scope, walletId: string): Promise<WalletRow | undefined> {
  const { rows } = await database.query<WalletRow>({
    name: 'find-wallet',
    text: `SELECT ${walletColumns} FROM wallets WHERE wallet_id = $1 AND ($2::text IS NULL OR scope = $2)`,
    values: [walletId, scope],
  });
  return rows[0];
}

/** To who is bound to a scope, what belongs to another wallet is what belongs to none. */
export async function seesWallet(database: Pool, scope: Scope, walletId: string): Promise<boolean> {
  return scope === null || (await findWallet(database, scope, walletId)) !== undefined;
}
