import type { Pool } from 'pg';
import type { NewWallet } from './wallet-requests.js';

/** False when the id is taken. */
export async function createWallet(database: Pool, walletId: string, wallet: NewWallet): Promise<boolean> {
  const { rows } = await database.query<{ created: boolean }>({
    name: 'create-wallet',
    text: 'SELECT create_wallet($1, $2, $3, $4, $5, $6) AS created',
    values: [walletId, wallet.userId, wallet.currency, wallet.status, wallet.metadata, wallet.requestHash],
  });
  return rows[0]?.created === true;
}
