import { movesMoney } from '@smart-wallet/engine/contract/transaction-kind.js';
import type { SqlConditions } from '../storage/sql-conditions.js';
import { ofWallet, type Scope } from '../storage/whose.js';
import type { TransactionFilters } from './transaction-filters.js';

/** What a reader of rows looks at in each of them. Which rows, and which times, its index knows better. */
export function addMatches(match: SqlConditions, filters: TransactionFilters): void {
  match.add((p) => `kind = ${p}`, filters.kind);
  match.add((p) => `failure_code = ${p}`, filters.failureCode);
  match.add((p) => `currency = ${p}`, filters.currency);
  match.add((p) => `amount >= ${p}`, filters.minAmount);
  match.add((p) => `amount <= ${p}`, filters.maxAmount);
  match.add((p) => `reference = ${p}`, filters.reference);
  match.add((p) => `parent_transaction_id = ${p}`, filters.parentTransactionId);
}

/** One side is the wallet; who does not see it finds nothing of it, not even what it shares with a wallet that is seen. */
export function addWalletSide(match: SqlConditions, scope: Scope, { walletId }: TransactionFilters): void {
  if (walletId === undefined) return;
  const parameter = `$${match.values.push(walletId)}`;
  match.addText(`${parameter}::uuid IN (sender_wallet_id, receiver_wallet_id)`);
  match.addWhose(ofWallet(scope, parameter));
}

/** Nothing is both. */
export function isContradiction({ status, failureCode }: TransactionFilters): boolean {
  return status === 'SUCCESS' && failureCode !== undefined;
}

/** Only what has no entries can match: it failed, or is of a kind that moves no money. */
export function isWithoutEntries(filters: TransactionFilters): boolean {
  return isOfFailures(filters) || (filters.kind !== undefined && !movesMoney[filters.kind]);
}

/** Only what failed can match. */
export function isOfFailures({ status, failureCode }: TransactionFilters): boolean {
  return status === 'FAILED' || failureCode !== undefined;
}
