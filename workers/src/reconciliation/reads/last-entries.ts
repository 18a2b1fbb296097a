import type pg from 'pg';

export interface LastEntry {
  readonly currency: string;
  readonly balanceAfter: string;
}

/** Of wallets that have entries. */
export async function readLastEntries(
  client: pg.ClientBase,
  walletIds: readonly string[],
): Promise<Map<string, LastEntry>> {
  const { rows } = await client.query<LastEntry & { walletId: string }>(
    `SELECT asked.id AS "walletId", last.currency, last.after AS "balanceAfter"
       FROM unnest($1::uuid[]) AS asked (id), LATERAL (
         SELECT * FROM (
           (SELECT sender_entry_no AS no, currency, sender_balance_after AS after FROM transactions
             WHERE sender_wallet_id = asked.id AND sender_entry_no IS NOT NULL ORDER BY sender_entry_no DESC LIMIT 1)
           UNION ALL
           (SELECT receiver_entry_no, currency, receiver_balance_after FROM transactions
             WHERE receiver_wallet_id = asked.id AND receiver_entry_no IS NOT NULL ORDER BY receiver_entry_no DESC LIMIT 1)
         ) legs ORDER BY no DESC LIMIT 1
       ) last`,
    [`{${walletIds.join(',')}}`],
  );
  return new Map(rows.map(({ walletId, ...last }) => [walletId, last]));
}
