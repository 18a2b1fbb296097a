import type { Pool } from 'pg';

/** The number of the first entry at or after an instant, by bisection: entry numbers have no holes. One past the last if none. */
export async function firstEntryAt(database: Pool, walletId: string, instant: string): Promise<string> {
  const wallet = await database.query<{ entry_no: string }>('SELECT entry_no FROM wallets WHERE wallet_id = $1', [
    walletId,
  ]);
  let low = 1n;
  let high = BigInt(wallet.rows[0]?.entry_no ?? 0) + 1n;
  while (low < high) {
    const middle = (low + high) / 2n;
    const { rows } = await database.query<{ before: boolean }>(
      `SELECT created_at < $3::timestamptz AS before FROM transactions WHERE sender_wallet_id = $1 AND sender_entry_no = $2
       UNION ALL
       SELECT created_at < $3::timestamptz FROM transactions WHERE receiver_wallet_id = $1 AND receiver_entry_no = $2`,
      [walletId, middle.toString(), instant],
    );
    if (rows[0]?.before) low = middle + 1n;
    else high = middle;
  }
  return low.toString();
}
