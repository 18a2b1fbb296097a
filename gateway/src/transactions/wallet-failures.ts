import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import type { Side } from './entry-row.js';
import { addKeyRange, keyOrder } from './key-window.js';
import { addMatches } from './match-filters.js';
import { addIdRange, addTimeRange } from './time-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import type { Stretch, WantedOfWallet } from './wallet-stretch.js';

/** What failed with a wallet as sender or receiver, by id. */
export async function readWalletFailures(
  database: Pool,
  wanted: WantedOfWallet,
  before: string | null,
): Promise<Stretch<TransactionRow>> {
  const found = walletFailuresSql(wanted, before);
  const { rows } = await database.query<TransactionRow>(found.text, found.values);
  if (rows.length >= wanted.count || !found.isSparse) return { rows, stopped: null };
  const ends = failureWindowEndsSql(wanted, before);
  // Of the two windows, the one that reaches less far: beyond it only one side was looked at.
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

function walletFailuresSql(wanted: WantedOfWallet, before: string | null): Sql & { isSparse: boolean } {
  const { filters, count, rowsMax } = wanted;
  const { values, window } = failureWindows(wanted, before);
  const match = failureMatch(filters, values);
  const branch = (side: Side) =>
    `(SELECT * FROM (SELECT ${transactionColumns} ${window(side)} LIMIT ${rowsMax}) AS ${side}_looked_at
       ${match.where()} ${keyOrder(`${side}_wallet_id`)} LIMIT ${count})`;
  return {
    text: `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY transaction_id DESC LIMIT ${count}`,
    values,
    isSparse: !match.isEmpty,
  };
}

/** Where the two windows end, those that are full; the newer one first. */
function failureWindowEndsSql(wanted: WantedOfWallet, before: string | null): Sql {
  const { values, window } = failureWindows(wanted, before);
  const branch = (side: Side) =>
    `(SELECT transaction_id, created_at ${window(side)} OFFSET ${wanted.rowsMax - 1} LIMIT 1)`;
  return { text: `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY transaction_id DESC`, values };
}

/** What failed with the wallet on one side, newest first, below an id. */
export function failureWindows(
  { walletId, filters }: Pick<WantedOfWallet, 'walletId' | 'filters'>,
  before: string | null,
) {
  const values: unknown[] = [walletId];
  const window = (side: Side) => {
    const range = new SqlConditions(values);
    range.add((p) => `transaction_id < ${p}`, before ?? undefined);
    addIdRange(range, filters);
    const { from, to } = filters;
    addKeyRange(range, `${side}_wallet_id`, { key: '$1::uuid', before: before ?? undefined, from, to });
    return `FROM transactions WHERE status = 'FAILED'${range.and()} ${keyOrder(`${side}_wallet_id`)}`;
  };
  return { values, window };
}

/** What rows of the windows must be. */
export function failureMatch(filters: TransactionFilters, values: unknown[]): SqlConditions {
  const match = new SqlConditions(values);
  addMatches(match, filters);
  addTimeRange(match, filters);
  return match;
}
