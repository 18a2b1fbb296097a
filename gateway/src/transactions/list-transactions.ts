import type { Pool } from 'pg';
import { z } from 'zod';
import { readCursor, writeCursor } from '../http/cursor.js';
import { currencyField, uuidField } from '../http/fields.js';
import { instantField, instantForms } from '../http/instant-field.js';
import { pageFields, pageJson, pageOf, pageSizeDefault } from '../http/page.js';
import { transactionRowJson } from './transaction-json.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';
import { listWalletTransactions } from './wallet-transactions.js';

export const transactionKinds = [
  'PAYMENT',
  'DEPOSIT',
  'WITHDRAWAL',
  'HOLD',
  'CAPTURE',
  'VOID',
  'EXPIRY',
  'REFUND',
  'REVERSAL',
] as const;
export const transactionFilters = z
  .strictObject({
    ...pageFields,
    walletId: uuidField.optional().meta({ description: 'Transactions that this wallet sends or receives.' }),
    status: z.enum(['SUCCESS', 'FAILED']).optional(),
    kind: z.enum(transactionKinds).optional(),
    currency: currencyField.optional(),
    from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    error: 'RANGE: must not be later than to',
  });
export type TransactionFilters = z.infer<typeof transactionFilters>;

/** Ids run with time only roughly: an engine's clock mints them, the database's clock stamps `created_at`. */
const idClockSlack = '5 minutes';

/** Newest first. */
export function listTransactions(database: Pool, filters: TransactionFilters): Promise<string> {
  const { walletId } = filters;
  return walletId === undefined ? listAll(database, filters) : listWalletTransactions(database, walletId, filters);
}

async function listAll(database: Pool, filters: TransactionFilters): Promise<string> {
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
  const { items, last } = pageOf(rows, limit);
  return pageJson(items.map(transactionRowJson), last ? writeCursor(last.transaction_id) : null);
}
