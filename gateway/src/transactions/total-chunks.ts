import type { Pool } from 'pg';
import { SqlConditions } from '../storage/sql-conditions.js';
import { alreadySaid, type Reader, type Scope } from '../storage/whose.js';
import { seesWallet } from '../wallets/find-wallet.js';
import type { Side } from './entry-row.js';
import { firstEntryAt } from './first-entry-at.js';
import { idsUnderKey } from './ids-under-key.js';
import { matchAmong } from './keyed-list.js';
import { seesParent, transactionMatch, transactionWindow } from './list-transactions.js';
import { addMatches, isContradiction, isWithoutEntries } from './match-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type UnpostedIndex, unpostedIndexes, unpostedMatch, unpostedWindows } from './wallet-unposted.js';

export interface CurrencyTotal {
  currency: string;
  count: string;
  /** Of SUCCESS that moved money. */
  moved: string | null;
}

/** What one query added up, and where the next one goes on; null: nothing is left. */
export interface TotalChunk {
  rows: CurrencyTotal[];
  next: string | null;
}

/** One sequence of rows that an index finds in order. A position is what a chunk said was next; null: the beginning. */
export type TotalSequence = (position: string | null) => Promise<TotalChunk>;

/** Rows of the ledger by id, and of a wallet, which lie all over the disk. */
export const ledgerRowsPerChunk = 10_000;
export const walletRowsPerChunk = 5_000;

/** The sequences that together have all that the filters choose, each row once: the same indexes that lists go along. */
export async function totalSequences(
  database: Pool,
  { subject, scope }: Reader,
  filters: TransactionFilters,
): Promise<TotalSequence[]> {
  const { idempotencyKey, parentTransactionId, reference, walletId } = filters;
  if (isContradiction(filters) || !(await seesParent(database, scope, filters))) return [];
  if (idempotencyKey !== undefined) {
    const ids = await idsUnderKey(database, subject, idempotencyKey);
    return [() => totalAmong(database, scope, ids, filters)];
  }
  if (walletId === undefined || parentTransactionId !== undefined || reference !== undefined) {
    return [(position) => totalOfWindow(database, scope, { ...filters, cursor: undefined }, position)];
  }
  if (!(await seesWallet(database, scope, walletId))) return [];
  return [
    ...(isWithoutEntries(filters) ? [] : [await entrySequence(database, walletId, filters)]),
    ...unpostedIndexes(filters).map((index) => unpostedSequence(database, walletId, filters, index)),
  ];
}

const narrow = `transaction_id, kind, status, sender_wallet_id, receiver_wallet_id, amount, currency, failure_code, reference,
  parent_transaction_id, created_at, sender_entry_no`;
const totals = 'currency, count(*) AS count, sum(amount) FILTER (WHERE sender_entry_no IS NOT NULL)::text AS moved';

/** One window, and where it ends if it is full. */
async function readChunk(database: Pool, looked: string, where: string, values: unknown[], rowsMax: number) {
  const { rows } = await database.query<{ rows: CurrencyTotal[] | null; next: string | null }>(
    `WITH looked AS MATERIALIZED (${looked} LIMIT ${rowsMax})
     SELECT (SELECT json_agg(one) FROM (SELECT ${totals} FROM looked ${where} GROUP BY currency) AS one) AS rows,
            (SELECT transaction_id FROM looked OFFSET ${rowsMax - 1} LIMIT 1) AS next`,
    values,
  );
  return { rows: rows[0]?.rows ?? [], next: rows[0]?.next ?? null };
}

function totalOfWindow(
  database: Pool,
  scope: Scope,
  filters: TransactionFilters,
  before: string | null,
): Promise<TotalChunk> {
  const { values, window } = transactionWindow(filters, before ?? undefined);
  const match = transactionMatch(scope, filters, values);
  return readChunk(database, `SELECT ${narrow} ${window}`, match.where(), values, ledgerRowsPerChunk);
}

function unpostedSequence(
  database: Pool,
  walletId: string,
  filters: TransactionFilters,
  index: UnpostedIndex,
): TotalSequence {
  return (position) => {
    const { values, window } = unpostedWindows({ walletId, filters }, position);
    const match = unpostedMatch(filters, values);
    return readChunk(database, `SELECT ${narrow} ${window(index)}`, match.where(), values, walletRowsPerChunk);
  };
}

/** By entry numbers, from the newest down: times are a range of them. */
async function entrySequence(database: Pool, walletId: string, filters: TransactionFilters): Promise<TotalSequence> {
  const first = filters.from === undefined ? 1n : BigInt(await firstEntryAt(database, walletId, filters.from));
  // Without an end: one past the last entry.
  const end = BigInt(await firstEntryAt(database, walletId, filters.to ?? 'infinity'));
  return async (position) => {
    const before = position === null ? end : BigInt(position);
    const from = before - BigInt(walletRowsPerChunk) > first ? before - BigInt(walletRowsPerChunk) : first;
    const values: unknown[] = [walletId, from.toString(), before.toString()];
    const match = new SqlConditions(values, alreadySaid);
    addMatches(match, filters);
    const leg = (side: Side) => `SELECT currency, amount, sender_entry_no FROM transactions
      WHERE ${side}_wallet_id = $1 AND ${side}_entry_no >= $2::bigint AND ${side}_entry_no < $3::bigint${match.and()}`;
    const { rows } = await database.query<CurrencyTotal>(
      `SELECT ${totals} FROM (${leg('sender')} UNION ALL ${leg('receiver')}) AS entries GROUP BY currency`,
      values,
    );
    return { rows, next: from > first ? from.toString() : null };
  };
}

async function totalAmong(
  database: Pool,
  scope: Scope,
  ids: readonly string[],
  filters: TransactionFilters,
): Promise<TotalChunk> {
  const values: unknown[] = [ids];
  const match = matchAmong(scope, filters, values);
  const { rows } = await database.query<CurrencyTotal>(
    `SELECT ${totals} FROM transactions WHERE transaction_id = ANY ($1::uuid[])${match.and()} GROUP BY currency`,
    values,
  );
  return { rows, next: null };
}
