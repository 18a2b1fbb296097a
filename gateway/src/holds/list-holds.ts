import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { addIdRange } from '../transactions/time-filters.js';
import type { HoldFilters } from './hold-requests.js';
import { type HoldRow, holdColumns } from './hold-row.js';

/** How many holds a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
export const holdsPerPageMax = 10_000;

/** Newest first. */
export async function listHolds(
  database: Pool,
  filters: HoldFilters,
  rowsMax = holdsPerPageMax,
): Promise<Page<HoldRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { text, values } = listHoldsSql(filters, rowsMax);
  const { rows } = await database.query<HoldRow>(text, values);
  if (rows.length > limit) return pageOf(rows, limit, (last) => last.hold_id);

  const end = windowEndSql(filters, rowsMax);
  const { rows: ends } = await database.query<{ hold_id: string }>(end.text, end.values);
  const last = ends[0]?.hold_id;
  if (last === undefined) return { rows, next: null };
  // Holds that were made between the two queries moved the end up: the next page has what is below.
  return { rows: rows.filter((row) => row.hold_id >= last), next: last };
}

interface Sql {
  text: string;
  values: unknown[];
}

export function listHoldsSql(filters: HoldFilters, rowsMax: number): Sql {
  const { values, window } = windowOf(filters);
  const match = new SqlConditions(values);
  match.add((p) => `status = ${p}`, filters.status);
  match.add((p) => `created_at >= ${p}`, filters.from);
  match.add((p) => `created_at < ${p}`, filters.to);
  if (filters.walletId !== undefined) match.add((p) => `receiver_wallet_id = ${p}`, filters.receiverWalletId);
  return {
    text: `WITH found AS MATERIALIZED (
        SELECT * FROM (SELECT * ${window} LIMIT ${rowsMax}) AS looked_at
        ${match.where()} ORDER BY hold_id DESC LIMIT ${(filters.limit ?? pageSizeDefault) + 1})
      SELECT ${holdColumns} FROM found h JOIN LATERAL (
        SELECT * FROM transactions WHERE transaction_id = h.hold_id) t ON true ORDER BY hold_id DESC`,
    values,
  };
}

/** The last id that the window reaches, if it is full. */
export function windowEndSql(filters: HoldFilters, rowsMax: number): Sql {
  const { values, window } = windowOf(filters);
  return { text: `SELECT hold_id ${window} OFFSET ${rowsMax - 1} LIMIT 1`, values };
}

/** What an index finds in order: a payer's holds, a receiver's, the open ones, or all. */
function windowOf(filters: HoldFilters): { values: unknown[]; window: string } {
  const values: unknown[] = [];
  const range = new SqlConditions(values);
  range.add((p) => `hold_id < ${p}`, readCursor(idPosition, filters));
  addIdRange(range, filters, 'hold_id');
  if (filters.walletId !== undefined) range.add((p) => `wallet_id = ${p}`, filters.walletId);
  else range.add((p) => `receiver_wallet_id = ${p}`, filters.receiverWalletId);
  // Written out, so that the planner sees the index of open holds.
  if (filters.status === 'OPEN') range.addText(`status = 'OPEN'`);
  return { values, window: `FROM holds ${range.where()} ORDER BY hold_id DESC` };
}
