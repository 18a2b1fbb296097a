import { movesMoney } from '@smart-wallet/engine/contract/transaction-kind.js';
import type { TransactionStatus } from '@smart-wallet/engine/contract/transaction-status.js';
import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { alreadySaid } from '../storage/whose.js';
import type { Side } from './entry-row.js';
import { addKeyRange, keyOrder } from './key-window.js';
import { addMatches, isOfFailures } from './match-filters.js';
import { addIdRange, addTimeRange } from './time-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import type { Stretch, WantedOfWallet } from './wallet-stretch.js';

/*
 * A wallet's transactions that have no entries: what failed, and what succeeded without moving money (holds, voids, expiries). Each
 * stands in an index of its own, by wallet and id, once for the sender and once for the receiver.
 */

export interface UnpostedIndex {
  side: Side;
  status: TransactionStatus;
}

/** Where something that the filters choose may stand. */
export function unpostedIndexes(filters: TransactionFilters): UnpostedIndex[] {
  const { status, kind } = filters;
  const statuses: TransactionStatus[] = [
    ...(status === 'SUCCESS' ? [] : (['FAILED'] as const)),
    ...(isOfFailures(filters) || (kind !== undefined && movesMoney[kind]) ? [] : (['SUCCESS'] as const)),
  ];
  return statuses.flatMap((each) => (['sender', 'receiver'] as const).map((side) => ({ side, status: each })));
}

/** A wallet's transactions without entries, as sender or receiver, by id. */
export async function readWalletUnposted(
  database: Pool,
  wanted: WantedOfWallet,
  before: string | null,
): Promise<Stretch<TransactionRow>> {
  const indexes = unpostedIndexes(wanted.filters);
  if (indexes.length === 0) return { rows: [], stopped: null };
  const found = walletUnpostedSql(indexes, wanted, before);
  const { rows } = await database.query<TransactionRow>(found.text, found.values);
  if (rows.length >= wanted.count || !found.isSparse) return { rows, stopped: null };
  const ends = windowEndsSql(indexes, wanted, before);
  // Of the windows, the one that reaches least far: beyond it not all were looked at.
  const { rows: stops } = await database.query<{ transaction_id: string; created_at: Date }>(ends.text, ends.values);
  const stop = stops[0];
  if (!stop) return { rows, stopped: null };
  return {
    rows: rows.filter((row) => row.transaction_id >= stop.transaction_id),
    stopped: { at: stop.created_at, before: stop.transaction_id },
  };
}

interface Sql {
  text: string;
  values: unknown[];
}

function walletUnpostedSql(
  indexes: readonly UnpostedIndex[],
  wanted: WantedOfWallet,
  before: string | null,
): Sql & { isSparse: boolean } {
  const { filters, count, rowsMax } = wanted;
  const { values, window } = unpostedWindows(wanted, before);
  const match = unpostedMatch(filters, values);
  const branch = (index: UnpostedIndex, i: number) =>
    `(SELECT * FROM (SELECT ${transactionColumns} ${window(index)} LIMIT ${rowsMax}) AS looked_at_${i}
       ${match.where()} ${keyOrder(`${index.side}_wallet_id`)} LIMIT ${count})`;
  return {
    text: `${indexes.map(branch).join(' UNION ALL ')} ORDER BY transaction_id DESC LIMIT ${count}`,
    values,
    isSparse: !match.isEmpty,
  };
}

/** Where the windows end, those that are full; the newest first. */
function windowEndsSql(indexes: readonly UnpostedIndex[], wanted: WantedOfWallet, before: string | null): Sql {
  const { values, window } = unpostedWindows(wanted, before);
  const branch = (index: UnpostedIndex) =>
    `(SELECT transaction_id, created_at ${window(index)} OFFSET ${wanted.rowsMax - 1} LIMIT 1)`;
  return { text: `${indexes.map(branch).join(' UNION ALL ')} ORDER BY transaction_id DESC`, values };
}

/** What one of the indexes has of the wallet, newest first, below an id. */
export function unpostedWindows(
  { walletId, filters }: Pick<WantedOfWallet, 'walletId' | 'filters'>,
  before: string | null,
) {
  const values: unknown[] = [walletId];
  const window = ({ side, status }: UnpostedIndex) => {
    const range = new SqlConditions(values, alreadySaid);
    range.add((p) => `transaction_id < ${p}`, before ?? undefined);
    addIdRange(range, filters);
    const { from, to } = filters;
    addKeyRange(range, `${side}_wallet_id`, { key: '$1::uuid', before: before ?? undefined, from, to });
    // Written out, so that the planner sees the index.
    const condition = status === 'FAILED' ? `status = 'FAILED'` : `${side}_entry_no IS NULL AND status = 'SUCCESS'`;
    return `FROM transactions WHERE ${condition}${range.and()} ${keyOrder(`${side}_wallet_id`)}`;
  };
  return { values, window };
}

/** What rows of the windows must be. */
export function unpostedMatch(filters: TransactionFilters, values: unknown[]): SqlConditions {
  const match = new SqlConditions(values, alreadySaid);
  addMatches(match, filters);
  addTimeRange(match, filters);
  return match;
}
