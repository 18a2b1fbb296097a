import type { Pool } from 'pg';
import { z } from 'zod';
import { readCursor } from '../http/cursor.js';
import { type Page, pageSizeDefault } from '../http/page.js';
import { firstEntryAt } from './first-entry-at.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

/*
 * A wallet's transactions, newest first, as a merge of four ordered, limited index scans: its debits and its credits by
 * entry number (one sequence), and what failed with it as sender and as receiver by id (another one). One query over all
 * would sort the whole wallet. The cursor is the place in both sequences.
 */

const position = z.object({
  entryNo: z
    .string()
    .regex(/^\d{1,19}$/)
    .nullable(),
  failedId: z.guid().nullable(),
});
type Position = z.infer<typeof position>;
const start: Position = { entryNo: null, failedId: null };

interface EntryRow extends TransactionRow {
  entry_no: string;
}

export async function listWalletTransactions(
  database: Pool,
  walletId: string,
  filters: TransactionFilters,
): Promise<Page<TransactionRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const from = readCursor(position, filters.cursor) ?? start;
  const [entries, failed] = await Promise.all([
    filters.status === 'FAILED' ? [] : readEntries(database, walletId, from.entryNo, filters, limit + 1),
    filters.status === 'SUCCESS' ? [] : readFailed(database, walletId, from.failedId, filters, limit + 1),
  ]);
  const rows: TransactionRow[] = [];
  let e = 0;
  let f = 0;
  while (rows.length < limit && (e < entries.length || f < failed.length)) {
    const entry = entries[e];
    const failure = failed[f];
    if (entry && (!failure || isNewer(entry, failure))) {
      rows.push(entry);
      e++;
    } else {
      rows.push(failure as TransactionRow);
      f++;
    }
  }
  const more = e < entries.length || f < failed.length;
  const next: Position = {
    entryNo: entries[e - 1]?.entry_no ?? from.entryNo,
    failedId: failed[f - 1]?.transaction_id ?? from.failedId,
  };
  return { rows, next: more ? next : null };
}

function isNewer(a: TransactionRow, b: TransactionRow): boolean {
  const difference = a.created_at.getTime() - b.created_at.getTime();
  return difference === 0 ? a.transaction_id > b.transaction_id : difference > 0;
}

async function readEntries(
  database: Pool,
  walletId: string,
  before: string | null,
  filters: TransactionFilters,
  count: number,
): Promise<EntryRow[]> {
  // Time runs with entry order, so instants become entry numbers.
  const fromNo = filters.from === undefined ? '1' : await firstEntryAt(database, walletId, filters.from);
  const toNo = filters.to === undefined ? null : await firstEntryAt(database, walletId, filters.to);
  const branch = (side: 'sender' | 'receiver') => `
    (SELECT ${transactionColumns}, ${side}_entry_no AS entry_no FROM transactions
      WHERE ${side}_wallet_id = $1 AND ${side}_entry_no >= $2::bigint
        AND ($3::bigint IS NULL OR ${side}_entry_no < $3) AND ($4::bigint IS NULL OR ${side}_entry_no < $4)
        AND ($5::transaction_kind IS NULL OR kind = $5) AND ($6::text IS NULL OR currency = $6)
      ORDER BY ${side}_entry_no DESC LIMIT $7)`;
  const { rows } = await database.query<EntryRow>(
    `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY entry_no DESC LIMIT $7`,
    [walletId, fromNo, toNo, before, filters.kind ?? null, filters.currency ?? null, count],
  );
  return rows;
}

async function readFailed(
  database: Pool,
  walletId: string,
  before: string | null,
  filters: TransactionFilters,
  count: number,
): Promise<TransactionRow[]> {
  const branch = (side: 'sender' | 'receiver') => `
    (SELECT ${transactionColumns} FROM transactions
      WHERE ${side}_wallet_id = $1 AND status = 'FAILED' AND ($2::uuid IS NULL OR transaction_id < $2)
        AND ($3::transaction_kind IS NULL OR kind = $3) AND ($4::text IS NULL OR currency = $4)
        AND ($5::timestamptz IS NULL OR created_at >= $5 AND transaction_id >= uuid_at($5 - interval '5 minutes'))
        AND ($6::timestamptz IS NULL OR created_at < $6 AND transaction_id < uuid_at($6 + interval '5 minutes'))
      ORDER BY transaction_id DESC LIMIT $7)`;
  const { rows } = await database.query<TransactionRow>(
    `${branch('sender')} UNION ALL ${branch('receiver')} ORDER BY transaction_id DESC LIMIT $7`,
    [walletId, before, filters.kind ?? null, filters.currency ?? null, filters.from ?? null, filters.to ?? null, count],
  );
  return rows;
}
