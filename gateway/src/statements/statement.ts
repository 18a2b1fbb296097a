import type { Pool } from 'pg';
import { z } from 'zod';
import { numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { balanceBefore } from '../transactions/balance-before.js';
import type { EntryRow } from '../transactions/entry-row.js';
import { type EntryRange, oldestEntries } from '../transactions/entry-stretch.js';
import { firstEntryAt } from '../transactions/first-entry-at.js';
import type { StatementFilters } from './statement-filters.js';

/** The last entry shown, and where the period ended when its first page was read: all pages are of one statement. */
const position = z.object({ after: numberPosition, before: numberPosition });

/** The entries of a period. Time runs with entry numbers, so it is a range of them, and one period begins where the other ends. */
export async function entriesOfPeriod(database: Pool, walletId: string, { from, to }: StatementFilters) {
  const [first, before] = await Promise.all([
    firstEntryAt(database, walletId, from),
    firstEntryAt(database, walletId, to),
  ]);
  return { walletId, from: BigInt(first), before: BigInt(before) };
}

export interface StatementPage {
  /** Of the whole statement. */
  range: EntryRange;
  opening: bigint;
  closing: bigint;
  page: Page<EntryRow>;
}

export async function readStatementPage(
  database: Pool,
  walletId: string,
  filters: StatementFilters,
): Promise<StatementPage> {
  const cursor = readCursor(position, filters);
  const range = await entriesOfPeriod(database, walletId, filters);
  // What was added to a period that is not over yet is not of the statement whose first page was shown.
  if (cursor && BigInt(cursor.before) < range.before) range.before = bigintMax(BigInt(cursor.before), range.from);
  const from = cursor ? bigintMax(BigInt(cursor.after) + 1n, range.from) : range.from;
  const limit = filters.limit ?? pageSizeDefault;
  const [opening, closing, rows] = await Promise.all([
    balanceBefore(database, walletId, range.from),
    balanceBefore(database, walletId, range.before),
    oldestEntries(database, { ...range, from }, limit + 1),
  ]);
  const page = pageOf(rows, limit, (last) => ({ after: last.entry_no, before: range.before.toString() }));
  return { range, opening, closing, page };
}

function bigintMax(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
