import type { Pool } from 'pg';

export interface BalanceRow {
  currency: string;
  balance: string;
  held: string;
  version: string;
  /** What was committed before it is in it. */
  as_of: Date;
}

export async function findBalance(database: Pool, walletId: string): Promise<BalanceRow | undefined> {
  const { rows } = await database.query<BalanceRow>({
    name: 'wallet-balance',
    text: 'SELECT currency, balance, held, version, now() AS as_of FROM wallets WHERE wallet_id = $1',
    values: [walletId],
  });
  return rows[0];
}
