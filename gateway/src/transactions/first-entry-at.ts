import type { Pool } from 'pg';

/**
 * The number of a wallet's first entry at or after an instant, one past the last if there is none. By bisection, which time
 * running with entry numbers and numbers without holes allow, in one query: each step costs two probes of an index. An entry that is
 * not there is of a month that was taken out of the ledger, and so of before.
 */
export async function firstEntryAt(database: Pool, walletId: string, instant: string): Promise<string> {
  const { rows } = await database.query<{ entry_no: string }>(
    `WITH RECURSIVE step (low, high) AS (
       SELECT 1::bigint, entry_no + 1 FROM wallets WHERE wallet_id = $1
       UNION ALL
       SELECT CASE WHEN is_before THEN middle + 1 ELSE low END, CASE WHEN is_before THEN high ELSE middle END
         FROM (SELECT low, high, (low + high) / 2 AS middle FROM step WHERE low < high) AS half,
              LATERAL (SELECT coalesce(
                (SELECT created_at < $2 FROM transactions WHERE sender_wallet_id = $1 AND sender_entry_no = middle),
                (SELECT created_at < $2 FROM transactions WHERE receiver_wallet_id = $1 AND receiver_entry_no = middle),
                true) AS is_before) AS found)
     SELECT low AS entry_no FROM step WHERE low = high`,
    [walletId, instant],
  );
  return rows[0]?.entry_no ?? '1';
}
