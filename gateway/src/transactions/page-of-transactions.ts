import type { Pool } from 'pg';
import type { Page } from '../http/page.js';
import { idsUnderKey } from './ids-under-key.js';
import { listAmong } from './keyed-list.js';
import { ledgerRowsPerPageMax, listTransactions } from './list-transactions.js';
import { isContradiction } from './match-filters.js';
import type { TransactionFilters } from './transaction-filters.js';
import type { TransactionRow } from './transaction-row.js';
import { listWalletTransactions, walletRowsPerPageMax } from './wallet-transactions.js';

/** Rows that a page may look at, by where it looks. */
interface RowsMax {
  ledger: number;
  wallet: number;
}

const rowsPerPageMax: RowsMax = { ledger: ledgerRowsPerPageMax, wallet: walletRowsPerPageMax };

/** A page of what the filters choose, found by the one of them that fewest rows have. */
export async function pageOfTransactions(
  database: Pool,
  caller: string,
  filters: TransactionFilters,
  rowsMax = rowsPerPageMax,
): Promise<Page<TransactionRow>> {
  const { idempotencyKey, parentTransactionId, reference, walletId } = filters;
  if (isContradiction(filters)) return { rows: [], next: null };
  if (idempotencyKey !== undefined) {
    return listAmong(database, await idsUnderKey(database, caller, idempotencyKey), filters);
  }
  const isKeyed = parentTransactionId !== undefined || reference !== undefined;
  return walletId === undefined || isKeyed
    ? listTransactions(database, filters, rowsMax.ledger)
    : listWalletTransactions(database, walletId, filters, rowsMax.wallet);
}
