import type { TransactionFilters } from './transaction-filters.js';

export interface WantedOfWallet {
  walletId: string;
  filters: TransactionFilters;
  /** Rows that fill the page. */
  count: number;
  /** Rows that may be looked at. */
  rowsMax: number;
}

/** Rows of one sequence of a wallet, newest first. */
export interface Stretch<Row> {
  rows: Row[];
  /** Where reading stopped before the sequence's end; null: it did not, or the rows fill the page. */
  stopped: { at: Date; before: string } | null;
}
