import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { addIdRange, addTimeRange } from './time-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import type { Stretch, WantedOfWallet } from './wallet-stretch.js';

type Side = 'sender' | 'receiver';

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

export function walletFailuresSql(wanted: WantedOfWallet, before: string | null): Sql & { isSparse: boolean } {
  const { filters, count, rowsMax } = wanted;
  const { values, window } = windowOf(wanted, before);
  const match = new SqlConditions(values);
  match.add((p) => `kind = ${p}`, filters.kind);
  match.add((p) => `currency = ${p}`, filters.currency);
  addTimeRange(match, filters);
  const branch = (side: Side) =>
    `(SELECT * FROM (SELECT ${transactionColumns} ${window(side)} LIMIT ${rowsMax}) AS ${side}_looked_at
       ${match.where()} ORDER BY transaction_id DESC LIMIT ${count})`;
  return {
    text: `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY transaction_id DESC LIMIT ${count}`,
    values,
    isSparse: !match.isEmpty,
  };
}

/** Where the two windows end, those that are full; the newer one first. */
export function failureWindowEndsSql(wanted: WantedOfWallet, before: string | null): Sql {
  const { values, window } = windowOf(wanted, before);
  const branch = (side: Side) =>
    `(SELECT transaction_id, created_at ${window(side)} OFFSET ${wanted.rowsMax - 1} LIMIT 1)`;
  return { text: `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY transaction_id DESC`, values };
}

function windowOf({ walletId, filters }: WantedOfWallet, before: string | null) {
  const values: unknown[] = [walletId];
  const range = new SqlConditions(values);
  range.add((p) => `transaction_id < ${p}`, before ?? undefined);
  addIdRange(range, filters);
  const window = (side: Side) => `FROM transactions WHERE ${side}_wallet_id = $1 AND status = 'FAILED'${range.and()}
    ORDER BY transaction_id DESC`;
  return { values, window };
}
