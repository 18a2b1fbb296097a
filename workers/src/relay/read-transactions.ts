import type { Database } from '../database.js';
import type { Batch } from './batch.js';

/**
 * A transaction as far as its event goes, as Postgres prints it; '' where there is nothing. Money has four decimals, times are in UTC.
 * `terms` is a piece of JSON that Postgres has written.
 */
export type TransactionRow = readonly [
  transactionId: string,
  partition: string,
  status: string,
  currency: string,
  amount: string,
  released: string,
  senderBalanceAfter: string,
  receiverBalanceAfter: string,
  senderEntryNo: string,
  receiverEntryNo: string,
  kind: string,
  senderWalletId: string,
  receiverWalletId: string,
  initiatedAt: string,
  processingAt: string,
  /** From the failure's code to `effectiveAt`; '': it has none of it. */
  terms: string,
];

/** No JSON text has it, and no id, number or code. */
const between = '\u001f';
const json = (column: string) => `coalesce(to_json(${column})::text, 'null')`;
const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const orNothing = (column: string) => `coalesce(${column}::text, '')`;
const utc = (column: string) => `${column} AT TIME ZONE 'UTC'`;

const terms = `CASE WHEN num_nonnulls(failure_code, failure_reason, reference, description, metadata, parent_transaction_id, effective_at) = 0
  THEN ''
  ELSE format('"failureCode":%s,"failureReason":%s,"reference":%s,"description":%s,"metadata":%s,"parentTransactionId":%s,"effectiveAt":%s',
    ${json('failure_code')}, ${json('failure_reason')}, ${json('reference')}, ${json('description')}, coalesce(metadata::text, 'null'),
    ${json('parent_transaction_id')}, coalesce(to_json(${time('effective_at')})::text, 'null')) END`;

/**
 * One text a row: Node takes several times as long for two dozen small ones. By concat_ws, which leaves out what is null: format takes half as long
 * again, and to_char longer than Node takes to read a time.
 */
const row = `concat_ws('${between}', ${[
  ...['transaction_id', 'partition', 'status', 'currency', 'amount'],
  ...['released', 'sender_balance_after', 'receiver_balance_after', 'sender_entry_no', 'receiver_entry_no'].map(
    orNothing,
  ),
  ...['kind', 'sender_wallet_id', 'receiver_wallet_id', utc('initiated_at'), utc('processing_at'), terms],
].join(', ')})`;

/** The batches' transactions, by id; `partition`: of that one alone. One statement. The least and greatest id let the planner skip the other months. */
export async function readTransactions(
  database: Database,
  batches: readonly Batch[],
  partition: number | null = null,
): Promise<Map<string, TransactionRow>> {
  const ids = batches.flatMap(({ transactionIds }) => transactionIds);
  if (ids.length === 0) return new Map();
  let [least, greatest] = [ids[0] as string, ids[0] as string];
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  const { rows } = await database.query<[string]>({
    name: partition === null ? 'relay transactions' : 'relay transactions of a partition',
    rowMode: 'array',
    text: `SELECT ${row} FROM transactions WHERE transaction_id = ANY ($1::uuid[]) AND transaction_id BETWEEN $2 AND $3
              ${partition === null ? '' : 'AND partition = $4'}`,
    values: [`{${ids.join(',')}}`, least, greatest, ...(partition === null ? [] : [partition])],
  });
  return new Map(
    rows.map(([text]) => {
      const read = text.split(between) as unknown as TransactionRow;
      return [read[0], read];
    }),
  );
}

/** Of the wallets whose limits the batches changed. A wallet's currency never changes. */
export async function readCurrencies(database: Database, batches: readonly Batch[]): Promise<Map<string, string>> {
  const walletIds = batches.flatMap(({ changes }) =>
    changes.filter(({ to }) => typeof to !== 'string').map(({ walletId }) => walletId),
  );
  if (walletIds.length === 0) return new Map();
  const { rows } = await database.query<{ wallet_id: string; currency: string }>(
    'SELECT wallet_id, currency FROM wallets WHERE wallet_id = ANY ($1)',
    [[...new Set(walletIds)]],
  );
  return new Map(rows.map(({ wallet_id, currency }) => [wallet_id, currency]));
}
