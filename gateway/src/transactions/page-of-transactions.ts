import type { Pool } from 'pg';
import type { Page } from '../http/page.js';
import type { Reader } from '../storage/whose.js';
import { idsUnderKey } from './ids-under-key.js';
import { listAmong } from './keyed-list.js';
import { ledgerRowsPerPageMax, listTransactions } from './list-transactions.js';
import { isContradiction } from './match-filters.js';
import { withoutOthersReasons } from './others-reasons.js';
import type { TransactionFilters } from './transaction-filters.js';
import type { TransactionRow } from './transaction-row.js';
import { listWalletTransactions, walletRowsPerPageMax } from './wallet-transactions.js';

/** Rows that a page may look at, by where it looks. */
interface RowsMax {
  ledger: number;
  wallet: number;
}

const rowsPerPageMax: RowsMax = { ledger: ledgerRowsPerPageMax, wallet: walletRowsPerPageMax };

/** A page of what the filters choose and the reader sees, found by the one of them that fewest rows have. */
export async function pageOfTransactions(
  database: Pool,
  reader: Reader,
  filters: TransactionFilters,
  rowsMax = rowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const { rows, next } = await findPage(database, reader, filters, rowsMax);
  return { rows: await withoutOthersReasons(database, reader.scope, rows), next };
}

async function findPage(
  database: Pool,
  { subject, scope }: Reader,
  filters: TransactionFilters,
  rowsMax: RowsMax,
): Promise<Page<TransactionRow>> {
  const { idempotencyKey, parentTransactionId, reference, walletId } = filters;
  if (isContradiction(filters)) return { rows: [], next: null };
  if (idempotencyKey !== undefined) {
    return listAmong(database, scope, await idsUnderKey(database, subject, idempotencyKey), filters);
  }
  const isKeyed = parentTransactionId !== undefined || reference !== undefined;
  return walletId === undefined || isKeyed
    ? listTransactions(database, scope, filters, rowsMax.ledger)
    : listWalletTransactions(database, scope, { ...filters, walletId }, rowsMax.wallet);
}
