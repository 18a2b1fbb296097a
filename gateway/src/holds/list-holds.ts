import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { alreadySaid, holdsOf, ofWallet, type Scope } from '../storage/whose.js';
import { addIdRange } from '../transactions/time-filters.js';
import { endToTell } from '../transactions/window-end.js';
import { seesWallet } from '../wallets/find-wallet.js';
import type { HoldFilters } from './hold-requests.js';
import { type HoldRow, holdColumns } from './hold-row.js';

/** How many holds a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
export const holdsPerPageMax = 10_000;

/** Newest first. */
export async function listHolds(
  database: Pool,
  scope: Scope,
  filters: HoldFilters,
  rowsMax = holdsPerPageMax,
): Promise<Page<HoldRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const cursor = readCursor(idPosition, filters);
  const named = filters.walletId ?? filters.receiverWalletId;
  if (named !== undefined && !(await seesWallet(database, scope, named))) return { rows: [], next: null };
  const { text, values } = listHoldsSql(scope, filters, limit, rowsMax);
  const { rows } = await database.query<HoldRow & { window_end: string | null }>(text, values);
  const found = rows.filter((row) => row.hold_id !== null);
  if (found.length > limit) return pageOf(found, limit, (last) => last.hold_id);
  const last = rows[0]?.window_end ?? null;
  if (last === null) return { rows: found, next: null };
  const next = endToTell(scope, last, cursor);
  return { rows: found.filter((row) => row.hold_id >= next), next };
}

/**
 * One row more than the page holds, out of the window; where there are fewer, also the last id that the window reaches, if it is full.
 * In one query: holds that end move the window of open ones down, and those between two ends would be in no page.
 */
function listHoldsSql(
  scope: Scope,
  filters: HoldFilters,
  limit: number,
  rowsMax: number,
): { text: string; values: unknown[] } {
  const { values, window } = windowOf(filters);
  const match = new SqlConditions(values, holdsOf(scope, 'looked_at'));
  match.add((p) => `status = ${p}`, filters.status);
  match.add((p) => `created_at >= ${p}`, filters.from);
  match.add((p) => `created_at < ${p}`, filters.to);
  if (filters.walletId !== undefined && filters.receiverWalletId !== undefined) {
    const receiver = `$${values.push(filters.receiverWalletId)}`;
    match.addText(`receiver_wallet_id = ${receiver}`);
    match.addWhose(ofWallet(scope, receiver));
  }
  return {
    text: `WITH looked_at AS MATERIALIZED (SELECT * ${window} LIMIT ${rowsMax}),
        found AS MATERIALIZED (SELECT * FROM looked_at ${match.where()} LIMIT ${limit + 1}),
        page AS (SELECT ${holdColumns} FROM found h JOIN LATERAL (
          SELECT * FROM transactions WHERE transaction_id = h.hold_id) t ON true)
      SELECT page.*, window_end FROM (
        SELECT CASE WHEN (SELECT count(*) FROM found) <= ${limit}
                    THEN (SELECT hold_id FROM looked_at OFFSET ${rowsMax - 1} LIMIT 1) END AS window_end) AS one
        LEFT JOIN page ON true ORDER BY hold_id DESC`,
    values,
  };
}

/** What an index finds in order: a payer's holds, a receiver's, the open ones, or all. */
function windowOf(filters: HoldFilters): { values: unknown[]; window: string } {
  const values: unknown[] = [];
  const range = new SqlConditions(values, alreadySaid);
  range.add((p) => `hold_id < ${p}`, readCursor(idPosition, filters));
  addIdRange(range, filters, 'hold_id');
  if (filters.walletId !== undefined) range.add((p) => `wallet_id = ${p}`, filters.walletId);
  else if (filters.receiverWalletId !== undefined) {
    range.add((p) => `receiver_wallet_id = ${p}`, filters.receiverWalletId);
  }
  // Written out, so that the planner sees the index of open holds. A wallet's are not in it: they are looked for among all of its own.
  else if (filters.status === 'OPEN') range.addText(`status = 'OPEN'`);
  return { values, window: `FROM holds ${range.where()} ORDER BY hold_id DESC` };
}
