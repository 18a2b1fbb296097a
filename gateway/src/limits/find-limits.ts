import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';

export interface LimitsRow {
  wallet_id: string;
  currency: string;
  floor: string | null;
  per_payment: string | null;
  daily_out: string | null;
  daily_in: string | null;
  /** The UTC day, and what counted to its limits so far. */
  today: string;
  out_today: string;
  in_today: string;
}

export async function findLimits(database: Pool, scope: Scope, walletId: string): Promise<LimitsRow | undefined> {
  const { rows } = await database.query<LimitsRow>({
    name: 'find-limits',
    text: `SELECT wallet_id, currency, floor, per_payment, daily_out, daily_in, to_char(today, 'YYYY-MM-DD') AS today,
                  CASE WHEN counter_day = today - '1970-01-01'::date THEN day_out ELSE 0 END AS out_today,
                  CASE WHEN counter_day = today - '1970-01-01'::date THEN day_in ELSE 0 END AS in_today
             FROM wallets, CAST(clock_timestamp() AT TIME ZONE 'UTC' AS date) AS today
            WHERE wallet_id = $1 AND ($2::text IS NULL OR scope = $2)`,
    values: [walletId, scope],
  });
  return rows[0];
}
