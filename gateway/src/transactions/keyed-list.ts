import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { type Scope, transactionsOf } from '../storage/whose.js';
import { addMatches, addWalletSide } from './match-filters.js';
import { addTimeRange } from './time-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

/** Of these few, newest first: what a key made, one transaction or an atomic batch. */
export async function listAmong(
  database: Pool,
  scope: Scope,
  ids: readonly string[],
  filters: TransactionFilters,
): Promise<Page<TransactionRow>> {
  const values: unknown[] = [ids];
  const match = matchAmong(scope, filters, values);
  match.add((p) => `transaction_id < ${p}`, readCursor(idPosition, filters));
  const limit = filters.limit ?? pageSizeDefault;
  const { rows } = await database.query<TransactionRow>(
    `SELECT ${transactionColumns} FROM transactions WHERE transaction_id = ANY ($1::uuid[])${match.and()}
      ORDER BY transaction_id DESC LIMIT ${limit + 1}`,
    values,
  );
  return pageOf(rows, limit, (last) => last.transaction_id);
}

/** What few rows, found by their ids, must be. */
export function matchAmong(scope: Scope, filters: TransactionFilters, values: unknown[]): SqlConditions {
  const match = new SqlConditions(values, transactionsOf(scope));
  match.add((p) => `status = ${p}`, filters.status);
  addWalletSide(match, scope, filters);
  addMatches(match, filters);
  addTimeRange(match, filters);
  return match;
}
