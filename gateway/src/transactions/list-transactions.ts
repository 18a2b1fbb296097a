import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { addIdRange, addTimeRange } from './time-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

/**
 * How many rows a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them:
 * 10,000 neighbours take some 10 ms, and a filter that nothing matches would otherwise read the whole ledger.
 */
export const ledgerRowsPerPageMax = 10_000;

/** All wallets', newest first. */
export async function listTransactions(
  database: Pool,
  filters: TransactionFilters,
  rowsMax = ledgerRowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { text, values, isSparse } = listTransactionsSql(filters, rowsMax);
  const { rows } = await database.query<TransactionRow>(text, values);
  if (!isSparse || rows.length > limit) return pageOf(rows, limit, (last) => last.transaction_id);

  const end = windowEndSql(filters, rowsMax);
  const { rows: ends } = await database.query<{ transaction_id: string }>(end.text, end.values);
  const last = ends[0]?.transaction_id;
  if (last === undefined) return { rows, next: null };
  // Rows that were committed between the two queries moved the end up: the next page has what is below.
  return { rows: rows.filter((row) => row.transaction_id >= last), next: last };
}

interface Sql {
  text: string;
  values: unknown[];
}

/** One row more than the page holds, out of the window. Sparse: rows of the window may not match. */
export function listTransactionsSql(filters: TransactionFilters, rowsMax: number): Sql & { isSparse: boolean } {
  const { values, window } = windowOf(filters);
  const match = new SqlConditions(values);
  if (filters.status === 'SUCCESS') match.add((p) => `status = ${p}`, filters.status);
  match.add((p) => `kind = ${p}`, filters.kind);
  match.add((p) => `currency = ${p}`, filters.currency);
  addTimeRange(match, filters);
  const limit = filters.limit ?? pageSizeDefault;
  return {
    text: `SELECT * FROM (SELECT ${transactionColumns} ${window} LIMIT ${rowsMax}) AS looked_at
            ${match.where()} ORDER BY transaction_id DESC LIMIT ${limit + 1}`,
    values,
    isSparse: !match.isEmpty,
  };
}

/** The last id that the window reaches, if it is full. */
export function windowEndSql(filters: TransactionFilters, rowsMax: number): Sql {
  const { values, window } = windowOf(filters);
  return { text: `SELECT transaction_id ${window} OFFSET ${rowsMax - 1} LIMIT 1`, values };
}

/** What an index finds in order: the ledger by id, or its failures by id. */
function windowOf(filters: TransactionFilters): { values: unknown[]; window: string } {
  const values: unknown[] = [];
  const range = new SqlConditions(values);
  range.add((p) => `transaction_id < ${p}`, readCursor(idPosition, filters));
  addIdRange(range, filters);
  // Written out, so that the planner sees the index of failures.
  if (filters.status === 'FAILED') range.addText(`status = 'FAILED'`);
  return { values, window: `FROM transactions ${range.where()} ORDER BY transaction_id DESC` };
}
