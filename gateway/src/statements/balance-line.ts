import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import { balanceBefore } from '../transactions/balance-before.js';
import { entriesOfPeriod } from './statement.js';

/** A line on a screen: more points than that are one pixel. */
export const linePointsMax = 200;

export interface LinePoint {
  readonly at: string;
  /** Ten-thousandths. */
  readonly balance: bigint;
}

export interface BalanceLine {
  readonly points: LinePoint[];
  /** How many entries the period has: more than there are points, and some between two of them are left out. */
  readonly entries: number;
}

/** A wallet's balance as it went through a period: at its beginning, after its entries, or evenly chosen ones of them, and at its end. */
export async function readBalanceLine(
  database: Pool,
  walletId: string,
  period: { from: string; to: string },
): Promise<BalanceLine> {
  const range = await entriesOfPeriod(database, walletId, period);
  const entries = Number(range.before - range.from);
  const numbers = chosen(range.from, entries);
  const [opening, rows] = await Promise.all([
    balanceBefore(database, walletId, range.from),
    numbers.length === 0 ? [] : readAfter(database, walletId, numbers),
  ]);
  const after = rows.map((row) => ({ at: row.created_at.toISOString(), balance: parseDecimal(row.balance_after) }));
  const closing = after.at(-1)?.balance ?? opening;
  return {
    points: [{ at: period.from, balance: opening }, ...after, { at: period.to, balance: closing }],
    entries,
  };
}

/** The last of the period is always among them. */
function chosen(from: bigint, entries: number): string[] {
  const count = Math.min(entries, linePointsMax);
  return Array.from({ length: count }, (_, i) => String(from + BigInt(Math.ceil(((i + 1) * entries) / count) - 1)));
}

const side = (name: 'sender' | 'receiver') => `
  SELECT created_at, ${name}_balance_after AS balance_after FROM transactions
   WHERE ${name}_wallet_id = $1 AND ${name}_entry_no = n.entry_no`;

/** Each costs two probes of an index. */
async function readAfter(database: Pool, walletId: string, numbers: readonly string[]) {
  const { rows } = await database.query<{ created_at: Date; balance_after: string }>(
    `SELECT created_at, balance_after FROM unnest($2::bigint[]) WITH ORDINALITY AS n (entry_no, place),
            LATERAL (${side('sender')} UNION ALL ${side('receiver')}) AS entry ORDER BY n.place`,
    [walletId, numbers],
  );
  return rows;
}
