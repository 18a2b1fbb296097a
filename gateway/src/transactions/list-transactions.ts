import type { Pool } from 'pg';
import { readCursor } from '../http/cursor.js';
import { uuidField } from '../http/fields.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { TransactionFilters } from './transaction-filters.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

/** Ids run with time only roughly: an engine's clock mints them, the database's clock stamps `created_at`. */
const idClockSlack = '5 minutes';

/** All wallets', newest first. */
export async function listTransactions(database: Pool, filters: TransactionFilters): Promise<Page<TransactionRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const before = readCursor(uuidField, filters.cursor);
  const values: unknown[] = [];
  const where: string[] = [];
  const add = (condition: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  add((p) => `transaction_id < ${p}`, before);
  add((p) => `status = ${p}`, filters.status);
  add((p) => `kind = ${p}`, filters.kind);
  add((p) => `currency = ${p}`, filters.currency);
  add(
    (p) => `created_at >= ${p} AND transaction_id >= uuid_at(${p}::timestamptz - interval '${idClockSlack}')`,
    filters.from,
  );
  add(
    (p) => `created_at < ${p} AND transaction_id < uuid_at(${p}::timestamptz + interval '${idClockSlack}')`,
    filters.to,
  );
  const { rows } = await database.query<TransactionRow>(
    `SELECT ${transactionColumns} FROM transactions ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY transaction_id DESC LIMIT ${limit + 1}`,
    values,
  );
  return pageOf(rows, limit, (last) => last.transaction_id);
}
