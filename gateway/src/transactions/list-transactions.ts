import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { alreadySaid, type Scope, transactionsOf } from '../storage/whose.js';
import { findTransaction } from './find-transaction.js';
import { addKeyRange, keyOrder } from './key-window.js';
import { addMatches, addWalletSide, isOfFailures } from './match-filters.js';
import { addIdRange, addTimeRange } from './time-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import { endToTell } from './window-end.js';

/**
 * How many rows a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them:
 * 10,000 neighbours take some 10 ms, and a filter that nothing matches would otherwise read the whole ledger.
 */
export const ledgerRowsPerPageMax = 10_000;

/** All wallets', or those of one reference or parent, newest first. */
export async function listTransactions(
  database: Pool,
  scope: Scope,
  filters: TransactionFilters,
  rowsMax = ledgerRowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const cursor = readCursor(idPosition, filters);
  if (!(await seesParent(database, scope, filters))) return { rows: [], next: null };
  const { text, values, isSparse } = listTransactionsSql(scope, filters, rowsMax);
  const { rows } = await database.query<TransactionRow>(text, values);
  if (!isSparse || rows.length > limit) return pageOf(rows, limit, (last) => last.transaction_id);

  const end = windowEndSql(filters, rowsMax);
  const { rows: ends } = await database.query<{ transaction_id: string }>(end.text, end.values);
  if (!ends[0]) return { rows, next: null };
  const last = endToTell(scope, ends[0].transaction_id, cursor);
  // Rows that were committed between the two queries moved the end up: the next page has what is below.
  return { rows: rows.filter((row) => row.transaction_id >= last), next: last };
}

interface Sql {
  text: string;
  values: unknown[];
}

/** One row more than the page holds, out of the window. Sparse: rows of the window may not match. */
function listTransactionsSql(scope: Scope, filters: TransactionFilters, rowsMax: number): Sql & { isSparse: boolean } {
  const { values, window, order } = transactionWindow(filters);
  const match = transactionMatch(scope, filters, values);
  const limit = filters.limit ?? pageSizeDefault;
  return {
    text: `SELECT * FROM (SELECT ${transactionColumns} ${window} LIMIT ${rowsMax}) AS looked_at
            ${match.where()} ${order} LIMIT ${limit + 1}`,
    values,
    isSparse: !match.isEmpty,
  };
}

/** The last id that the window reaches, if it is full. */
function windowEndSql(filters: TransactionFilters, rowsMax: number): Sql {
  const { values, window } = transactionWindow(filters);
  return { text: `SELECT transaction_id ${window} OFFSET ${rowsMax - 1} LIMIT 1`, values };
}

/** What rows of the window must be. */
export function transactionMatch(scope: Scope, filters: TransactionFilters, values: unknown[]): SqlConditions {
  const match = new SqlConditions(values, transactionsOf(scope));
  const column = keyColumn(filters);
  // The window's own key is not asked for again.
  addMatches(match, {
    ...filters,
    ...(column === 'reference' ? { reference: undefined } : {}),
    ...(column === 'parent_transaction_id' ? { parentTransactionId: undefined } : {}),
  });
  addWalletSide(match, scope, filters);
  if (filters.status === 'SUCCESS' || (isOfFailures(filters) && column)) {
    match.add((p) => `status = ${p}`, isOfFailures(filters) ? 'FAILED' : 'SUCCESS');
  }
  addTimeRange(match, filters);
  return match;
}

/** What an index finds in order: what has a reference or a parent, the ledger's failures, or all of it, by id. */
export function transactionWindow(
  filters: TransactionFilters,
  cursor = readCursor(idPosition, filters),
): TransactionWindow {
  const values: unknown[] = [];
  const range = new SqlConditions(values, alreadySaid);
  range.add((p) => `transaction_id < ${p}`, cursor);
  addIdRange(range, filters);
  const column = keyColumn(filters);
  if (column) {
    const key = `$${values.push(column === 'reference' ? filters.reference : filters.parentTransactionId)}`;
    range.addText(`${column} IS NOT NULL`);
    addKeyRange(range, column, { key, before: cursor, from: filters.from, to: filters.to });
    return { values, order: keyOrder(column), window: `FROM transactions ${range.where()} ${keyOrder(column)}` };
  }
  // Written out, so that the planner sees the index of failures.
  if (isOfFailures(filters)) range.addText(`status = 'FAILED'`);
  const order = 'ORDER BY transaction_id DESC';
  return { values, order, window: `FROM transactions ${range.where()} ${order}` };
}

interface TransactionWindow {
  values: unknown[];
  window: string;
  /** Its own, by which a page is read out of it without a sort. */
  order: string;
}

function keyColumn(filters: TransactionFilters): 'parent_transaction_id' | 'reference' | undefined {
  if (filters.parentTransactionId !== undefined) return 'parent_transaction_id';
  return filters.reference === undefined ? undefined : 'reference';
}

/** What was made of a transaction that the reader does not see is nothing, as of one that is not there. */
export async function seesParent(
  database: Pool,
  scope: Scope,
  { parentTransactionId: parent }: TransactionFilters,
): Promise<boolean> {
  if (scope === null || parent === undefined) return true;
  return (await findTransaction(database, scope, parent)) !== undefined;
}
