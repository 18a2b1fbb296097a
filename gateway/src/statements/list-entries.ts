import type { Pool } from 'pg';
import { numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { EntryRow } from '../transactions/entry-row.js';
import { newestEntries } from '../transactions/entry-stretch.js';
import { firstEntryAt } from '../transactions/first-entry-at.js';
import type { EntryFilters } from './statement-filters.js';

/** Behind every entry. */
const noEnd = 2n ** 63n - 1n;

/** A wallet's entries, newest first: a range of numbers, whatever the times. */
export async function listEntries(database: Pool, walletId: string, filters: EntryFilters): Promise<Page<EntryRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const at = async (instant: string) => BigInt(await firstEntryAt(database, walletId, instant));
  const from = filters.from === undefined ? 1n : await at(filters.from);
  const cursor = readCursor(numberPosition, filters);
  const before = cursor !== undefined ? BigInt(cursor) : filters.to !== undefined ? await at(filters.to) : noEnd;
  const rows = await newestEntries(database, { walletId, from, before }, limit + 1);
  return pageOf(rows, limit, (last) => last.entry_no);
}
