import type { Pool } from 'pg';
import { type WalletRow, walletColumns } from './wallet-row.js';

export async function findWallet(database: Pool, walletId: string): Promise<WalletRow | undefined> {
  const { rows } = await database.query<WalletRow>({
    name: 'find-wallet',
    text: `SELECT ${walletColumns} FROM wallets WHERE wallet_id = $1`,
    values: [walletId],
  });
  return rows[0];
}
