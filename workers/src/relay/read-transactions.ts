import type { Database } from '../database.js';
import type { Batch } from './batch.js';

/** In the order of its columns. Times are texts in UTC, money as Postgres prints it, metadata its JSON. */
export type TransactionRow = readonly [
  transactionId: string,
  partition: number,
  kind: string,
  status: 'SUCCESS' | 'FAILED',
  senderWalletId: string,
  receiverWalletId: string,
  amount: string,
  currency: string,
  failureCode: string | null,
  failureReason: string | null,
  reference: string | null,
  description: string | null,
  metadata: string | null,
  parentTransactionId: string | null,
  effectiveAt: string | null,
  released: string | null,
  initiatedAt: string,
  processingAt: string,
  senderEntryNo: string | null,
  senderBalanceAfter: string | null,
  receiverEntryNo: string | null,
  receiverBalanceAfter: string | null,
];

const utc = (column: string) => `(${column} AT TIME ZONE 'UTC')::text`;

const columns = `transaction_id, partition, kind, status, sender_wallet_id, receiver_wallet_id, amount, currency, failure_code,
  failure_reason, reference, description, metadata::text, parent_transaction_id, ${utc('effective_at')}, released,
  ${utc('initiated_at')}, ${utc('processing_at')}, sender_entry_no, sender_balance_after, receiver_entry_no, receiver_balance_after`;

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
  const { rows } = await database.query<TransactionRow & unknown[]>({
    rowMode: 'array',
    text: `SELECT ${columns} FROM transactions WHERE transaction_id = ANY ($1::uuid[]) AND transaction_id BETWEEN $2 AND $3
              ${partition === null ? '' : 'AND partition = $4'}`,
    values: [`{${ids.join(',')}}`, least, greatest, ...(partition === null ? [] : [partition])],
  });
  return new Map(rows.map((row) => [row[0], row]));
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
