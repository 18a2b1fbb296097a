import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { alreadySaid } from '../storage/whose.js';
import type { Side } from './entry-row.js';
import { firstEntryAt } from './first-entry-at.js';
import { addMatches } from './match-filters.js';
import { addTimeRange } from './time-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import type { Stretch, WantedOfWallet } from './wallet-stretch.js';

export interface WalletEntryRow extends TransactionRow {
  entry_no: string;
}

/** What moved a wallet's money, by entry number: numbers have no holes, so a range of them is as many rows. */
export async function readWalletEntries(
  database: Pool,
  wanted: WantedOfWallet,
  before: string | null,
): Promise<Stretch<WalletEntryRow>> {
  const { walletId, filters, count, rowsMax } = wanted;
  const top = await endOfEntries(database, wanted, before);
  const values: unknown[] = [walletId];
  const match = new SqlConditions(values, alreadySaid);
  addMatches(match, filters);
  addTimeRange(match, { from: filters.from, to: undefined });
  const bottom = !match.isEmpty && top > rowsMax ? top - BigInt(rowsMax) : 1n;
  const range = [values.push(bottom.toString()), values.push(top.toString())] as const;
  const branch = (side: Side) => `
    (SELECT ${transactionColumns}, ${side}_entry_no AS entry_no FROM transactions
      WHERE ${side}_wallet_id = $1 AND ${side}_entry_no >= $${range[0]}::bigint AND ${side}_entry_no < $${range[1]}::bigint${match.and()}
      ORDER BY ${side}_entry_no DESC LIMIT ${count})`;
  const { rows } = await database.query<WalletEntryRow>(
    `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY entry_no DESC LIMIT ${count}`,
    values,
  );
  if (rows.length >= count || bottom === 1n) return { rows, stopped: null };
  const at = await entryTime(database, walletId, bottom.toString());
  // Time runs with entry order: below one that is too old, all are.
  const isOver = at === null || (filters.from !== undefined && at < new Date(filters.from));
  return { rows, stopped: isOver ? null : { at, before: bottom.toString() } };
}

/** The number behind the last entry that the page may show. */
async function endOfEntries(
  database: Pool,
  { walletId, filters }: WantedOfWallet,
  before: string | null,
): Promise<bigint> {
  if (before !== null) return BigInt(before);
  if (filters.to !== undefined) return BigInt(await firstEntryAt(database, walletId, filters.to));
  const { rows } = await database.query<{ entry_no: string }>('SELECT entry_no FROM wallets WHERE wallet_id = $1', [
    walletId,
  ]);
  return BigInt(rows[0]?.entry_no ?? 0) + 1n;
}

/** null: its month is not kept any more, and neither is what is older. */
async function entryTime(database: Pool, walletId: string, entryNo: string): Promise<Date | null> {
  const { rows } = await database.query<{ created_at: Date }>(
    `SELECT created_at FROM transactions WHERE sender_wallet_id = $1 AND sender_entry_no = $2
     UNION ALL SELECT created_at FROM transactions WHERE receiver_wallet_id = $1 AND receiver_entry_no = $2`,
    [walletId, entryNo],
  );
  return rows[0]?.created_at ?? null;
}
