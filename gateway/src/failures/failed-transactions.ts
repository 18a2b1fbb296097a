import type { Pool } from 'pg';
import type { Period } from '../ledger-minutes/minute-figures.js';
import { minuteMs } from '../ledger-minutes/minute-roll-up.js';
import { highestIdAt, lowestIdAt } from '../transactions/time-filters.js';

/** Of a period, the newest: what is told of wallets. */
export const failuresLookedAtMax = 5_000;
const walletsMax = 10;
export const examplesMax = 3;

export interface WalletFailures {
  walletId: string;
  count: number;
}

/** The wallets whose payments failed most among the newest failures of a period: who pays, of a deposit, or what gives a withdrawal back, who receives. */
export async function findFailingWallets(database: Pool, { fromMs, toMs }: Period): Promise<WalletFailures[]> {
  const { rows } = await database.query<{ wallet_id: string; count: string }>(
    `WITH newest AS MATERIALIZED (
       SELECT transaction_id FROM transaction_failures WHERE created_at >= $1 AND created_at < $2
        ORDER BY created_at DESC, failure_code DESC LIMIT ${failuresLookedAtMax})
     SELECT CASE sender.kind WHEN 'FUNDING' THEN receiver_wallet_id ELSE sender_wallet_id END AS wallet_id, count(*) AS count
       FROM newest JOIN transactions USING (transaction_id) JOIN wallets sender ON sender.wallet_id = sender_wallet_id
      WHERE transaction_id >= ${lowestIdAt('$1')} AND transaction_id < ${highestIdAt('$2')}
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${walletsMax}`,
    [new Date(fromMs), new Date(toMs)],
  );
  return rows.map(({ wallet_id, count }) => ({ walletId: wallet_id, count: Number(count) }));
}

/** The newest failures of a code, in the minute in which it was last seen: a rare one is not searched for among all others. */
export async function findExamples(database: Pool, code: string, minute: number, period: Period): Promise<string[]> {
  const { rows } = await database.query<{ transaction_id: string }>(
    `SELECT transaction_id FROM transaction_failures WHERE created_at >= $1 AND created_at < $2 AND failure_code = $3
      ORDER BY created_at DESC LIMIT ${examplesMax}`,
    [new Date(Math.max(minute, period.fromMs)), new Date(Math.min(minute + minuteMs, period.toMs)), code],
  );
  return rows.map(({ transaction_id }) => transaction_id);
}
