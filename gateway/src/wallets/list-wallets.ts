import type { Pool } from 'pg';
import { z } from 'zod';
import { idPosition, instantPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { type Scope, walletsOf } from '../storage/whose.js';
import type { WalletFilters } from './wallet-requests.js';
import { type WalletRow, walletColumns } from './wallet-row.js';

/**
 * How many wallets a page looks at. When too few of them match, it is short or empty, and the next one goes on behind
 * them.
 */
export const walletsPerPageMax = 10_000;
/** A user's wallets are found by the user and sorted, unless they are more than this. */
export const sortedWalletsMax = 2_000;

const position = z.tuple([instantPosition, idPosition]);
const positionOf = (row: Pick<WalletRow, 'created_at' | 'wallet_id'>) => [row.created_at.toISOString(), row.wallet_id];
const newestFirst = 'ORDER BY created_at DESC, wallet_id DESC';

/** Newest first. */
export async function listWallets(
  database: Pool,
  scope: Scope,
  filters: WalletFilters,
  rowsMax = walletsPerPageMax,
): Promise<Page<WalletRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  if (await isFew(database, scope, filters)) {
    const { text, values } = fewWalletsSql(scope, filters);
    const { rows } = await database.query<WalletRow>(text, values);
    return pageOf(rows, limit, positionOf);
  }
  const found = listWalletsSql(scope, filters, rowsMax);
  const { rows } = await database.query<WalletRow>(found.text, found.values);
  if (rows.length > limit) return pageOf(rows, limit, positionOf);

  const end = windowEndSql(scope, filters, rowsMax);
  const { rows: ends } = await database.query<Pick<WalletRow, 'created_at' | 'wallet_id'>>(end.text, end.values);
  const last = ends[0];
  if (!last) return { rows, next: null };
  // Wallets made between the two queries moved the end up: the next page has what is below.
  return { rows: rows.filter((row) => !isOlder(row, last)), next: positionOf(last) };
}

/** Whether the wallets in question can be read whole: a user's, unless there are very many, and the funding wallets, one a currency and partition. */
async function isFew(database: Pool, scope: Scope, { kind, userId }: WalletFilters): Promise<boolean> {
  if (kind === 'FUNDING') return true;
  if (userId === undefined) return false;
  const values: unknown[] = [];
  const own = usersWallets(scope, userId, values);
  const { rows } = await database.query<{ count: string }>(
    `SELECT count(*) FROM (SELECT ${own} LIMIT ${sortedWalletsMax + 1}) AS own`,
    values,
  );
  return Number(rows[0]?.count) <= sortedWalletsMax;
}

interface Sql {
  text: string;
  values: unknown[];
}

/** Where a user's wallets are found: of a scope, only those in it are counted, or others' would tell by their number. */
function usersWallets(scope: Scope, userId: string | undefined, values: unknown[]): string {
  const own = new SqlConditions(values, walletsOf(scope));
  own.add((p) => `user_id = ${p}`, userId);
  return `FROM ${scope === null ? 'wallets' : 'scoped_wallets'} ${own.where()}`;
}

/** Materialized: else the planner may walk through all wallets in the page's order, in search of these few. */
function fewWalletsSql(scope: Scope, filters: WalletFilters): Sql {
  const values: unknown[] = [];
  const few =
    filters.kind === 'FUNDING'
      ? `FROM wallets WHERE kind = 'FUNDING'`
      : scope === null
        ? usersWallets(scope, filters.userId, values)
        : `FROM wallets JOIN (SELECT wallet_id ${usersWallets(scope, filters.userId, values)}) AS own USING (wallet_id)`;
  const match = matching(scope, filters, values);
  addCursor(match, filters);
  return {
    text: `WITH few AS MATERIALIZED (SELECT ${walletColumns} ${few})
      SELECT * FROM few ${match.where()} ${newestFirst} LIMIT ${(filters.limit ?? pageSizeDefault) + 1}`,
    values,
  };
}

function listWalletsSql(scope: Scope, filters: WalletFilters, rowsMax: number): Sql {
  const { values, window } = windowOf(scope, filters);
  const match = matching(scope, filters, values);
  return {
    text: `SELECT * FROM (SELECT ${walletColumns} ${window} LIMIT ${rowsMax}) AS looked_at
      ${match.where()} ${newestFirst} LIMIT ${(filters.limit ?? pageSizeDefault) + 1}`,
    values,
  };
}

function windowEndSql(scope: Scope, filters: WalletFilters, rowsMax: number): Sql {
  const { values, window } = windowOf(scope, filters);
  return { text: `SELECT created_at, wallet_id ${window} OFFSET ${rowsMax - 1} LIMIT 1`, values };
}

/** All wallets, or those of the scope: their own table has them in the same order, so that nobody else's are looked at. */
function windowOf(scope: Scope, filters: WalletFilters): { values: unknown[]; window: string } {
  const values: unknown[] = [];
  const range = new SqlConditions(values, walletsOf(scope));
  addCursor(range, filters);
  const own = '(SELECT wallet_id, created_at, scope FROM scoped_wallets) AS own';
  const source = scope === null ? 'wallets' : `${own} JOIN wallets USING (wallet_id, created_at, scope)`;
  return { values, window: `FROM ${source} ${range.where()} ${newestFirst}` };
}

function matching(scope: Scope, { kind, userId, currency, status }: WalletFilters, values: unknown[]): SqlConditions {
  const match = new SqlConditions(values, walletsOf(scope));
  match.add((p) => `kind = ${p}`, kind);
  match.add((p) => `user_id = ${p}`, userId);
  match.add((p) => `currency = ${p}`, currency);
  match.add((p) => `status = ${p}`, status);
  return match;
}

function addCursor(conditions: SqlConditions, filters: WalletFilters): void {
  const before = readCursor(position, filters);
  if (!before) return;
  const last = conditions.values.push(...before);
  conditions.addText(`(created_at, wallet_id) < ($${last - 1}::timestamptz, $${last}::uuid)`);
}

function isOlder(a: Pick<WalletRow, 'created_at' | 'wallet_id'>, b: Pick<WalletRow, 'created_at' | 'wallet_id'>) {
  const difference = a.created_at.getTime() - b.created_at.getTime();
  return difference === 0 ? a.wallet_id < b.wallet_id : difference < 0;
}
