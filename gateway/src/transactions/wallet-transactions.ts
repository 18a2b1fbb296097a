import type { Pool } from 'pg';
import { z } from 'zod';
import { idPosition, numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageSizeDefault } from '../http/page.js';
import { isOfFailures } from './match-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import type { TransactionRow } from './transaction-row.js';
import { readWalletEntries } from './wallet-entries.js';
import { readWalletFailures } from './wallet-failures.js';
import type { Stretch } from './wallet-stretch.js';

/*
 * A wallet's transactions, newest first, as a merge of four ordered, limited index scans: its debits and its credits by
 * entry number (one sequence), and what failed with it as sender and as receiver by id (another one). One query over all
 * would sort the whole wallet. The cursor is the place in both sequences.
 *
 * Where few rows match, each sequence is read so far and no further. What is older than the place where one of them was
 * left waits for the next page: something of that sequence may come before it.
 */

/** How many rows of each sequence a page looks at: they lie all over the ledger, each on another page of the disk. */
export const walletRowsPerPageMax = 2_000;

const position = z.object({ entryNo: numberPosition.nullable(), failedId: idPosition.nullable() });
type Position = z.infer<typeof position>;
const start: Position = { entryNo: null, failedId: null };
/** Nothing lies before these. */
const end = { entryNo: '0', failedId: '00000000-0000-0000-0000-000000000000' } as const satisfies Position;

const nothing: Stretch<never> = { rows: [], stopped: null };

export async function listWalletTransactions(
  database: Pool,
  walletId: string,
  filters: TransactionFilters,
  rowsMax = walletRowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const from = readCursor(position, filters) ?? start;
  const wanted = { walletId, filters, count: limit + 1, rowsMax };
  const [entries, failures] = await Promise.all([
    isOfFailures(filters) || from.entryNo === end.entryNo ? nothing : readWalletEntries(database, wanted, from.entryNo),
    filters.status === 'SUCCESS' || from.failedId === end.failedId
      ? nothing
      : readWalletFailures(database, wanted, from.failedId),
  ]);
  const rows: TransactionRow[] = [];
  let e = 0;
  let f = 0;
  while (rows.length < limit) {
    const entry = entries.rows[e];
    const failure = failures.rows[f];
    if (entry && (failure ? isNewer(entry, failure) : isNewerThan(entry, failures.stopped))) {
      rows.push(entry);
      e++;
    } else if (failure && (entry || isNewerThan(failure, entries.stopped))) {
      rows.push(failure);
      f++;
    } else break;
  }
  const next: Position = {
    entryNo: e < entries.rows.length ? (entries.rows[e - 1]?.entry_no ?? from.entryNo) : placeAfter(entries, 'entryNo'),
    failedId:
      f < failures.rows.length
        ? (failures.rows[f - 1]?.transaction_id ?? from.failedId)
        : placeAfter(failures, 'failedId'),
  };
  const isOver = next.entryNo === end.entryNo && next.failedId === end.failedId;
  return { rows, next: isOver ? null : next };
}

/** Of a sequence whose rows are all shown. */
function placeAfter({ stopped }: Stretch<unknown>, sequence: keyof Position): string {
  return stopped?.before ?? end[sequence];
}

function isNewer(a: TransactionRow, b: TransactionRow): boolean {
  const difference = a.created_at.getTime() - b.created_at.getTime();
  return difference === 0 ? a.transaction_id > b.transaction_id : difference > 0;
}

function isNewerThan(row: TransactionRow, stopped: { at: Date } | null): boolean {
  return stopped === null || row.created_at > stopped.at;
}
