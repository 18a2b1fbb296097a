import type { Pool } from 'pg';
import { z } from 'zod';
import { idPosition, numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageSizeDefault } from '../http/page.js';
import type { Scope } from '../storage/whose.js';
import { seesWallet } from '../wallets/find-wallet.js';
import { isWithoutEntries } from './match-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import type { TransactionRow } from './transaction-row.js';
import { readWalletEntries } from './wallet-entries.js';
import type { Stretch } from './wallet-stretch.js';
import { readWalletUnposted } from './wallet-unposted.js';

/*
 * A wallet's transactions, newest first, as a merge of six ordered, limited index scans: its debits and its credits by entry
 * number (one sequence), and by id what has no entries (another one): what failed with it as sender and as receiver, and what
 * set money apart or gave it back. One query over all would sort the whole wallet. The cursor is the place in both sequences.
 *
 * Where few rows match, each sequence is read so far and no further. What is older than the place where one of them was
 * left waits for the next page: something of that sequence may come before it.
 */

/** How many rows of each sequence a page looks at: they lie all over the ledger, each on another page of the disk. */
export const walletRowsPerPageMax = 2_000;

/** `failedId` is the place among all that has no entries: cursors of before, when that was only what failed, go on to be read. */
const position = z.object({ entryNo: numberPosition.nullable(), failedId: idPosition.nullable() });
type Position = z.infer<typeof position>;
const start: Position = { entryNo: null, failedId: null };
/** Nothing lies before these. */
const end = { entryNo: '0', failedId: '00000000-0000-0000-0000-000000000000' } as const satisfies Position;

const nothing: Stretch<never> = { rows: [], stopped: null };

export async function listWalletTransactions(
  database: Pool,
  scope: Scope,
  { walletId, ...others }: TransactionFilters & { readonly walletId: string },
  rowsMax = walletRowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const filters: TransactionFilters = { ...others, walletId };
  const limit = filters.limit ?? pageSizeDefault;
  const from = readCursor(position, filters) ?? start;
  if (!(await seesWallet(database, scope, walletId))) return { rows: [], next: null };
  const wanted = { walletId, filters, count: limit + 1, rowsMax };
  const [entries, unposted] = await Promise.all([
    isWithoutEntries(filters) || from.entryNo === end.entryNo
      ? nothing
      : readWalletEntries(database, wanted, from.entryNo),
    from.failedId === end.failedId ? nothing : readWalletUnposted(database, wanted, from.failedId),
  ]);
  const rows: TransactionRow[] = [];
  let e = 0;
  let u = 0;
  while (rows.length < limit) {
    const entry = entries.rows[e];
    const other = unposted.rows[u];
    if (entry && (other ? isNewer(entry, other) : isNewerThan(entry, unposted.stopped))) {
      rows.push(entry);
      e++;
    } else if (other && (entry || isNewerThan(other, entries.stopped))) {
      rows.push(other);
      u++;
    } else break;
  }
  const next: Position = {
    entryNo: e < entries.rows.length ? (entries.rows[e - 1]?.entry_no ?? from.entryNo) : placeAfter(entries, 'entryNo'),
    failedId:
      u < unposted.rows.length
        ? (unposted.rows[u - 1]?.transaction_id ?? from.failedId)
        : placeAfter(unposted, 'failedId'),
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
