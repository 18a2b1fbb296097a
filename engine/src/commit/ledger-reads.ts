import { v7 as uuidv7 } from 'uuid';
import type { HoldStatus } from '../contract/hold-status.js';
import { parseDecimal } from '../contract/money.js';
import { partitionOf } from '../contract/partition.js';
import type { TransactionKind } from '../contract/transaction-kind.js';
import type { TransactionStatus } from '../contract/transaction-status.js';
import type { WalletKind, WalletStatus } from '../contract/wallet.js';
import type { Database } from '../database.js';
import type { HoldState } from '../ledger/hold-state.js';
import type { Original } from '../ledger/original.js';
import { noLimits, type WalletLimits, type WalletState } from '../ledger/wallet-state.js';
import { plainArray } from './array-literal.js';

interface WalletRow {
  wallet_id: string;
  kind: WalletKind;
  currency: string;
  scope: string | null;
  status: WalletStatus;
  balance: string;
  held: string;
  floor: string | null;
  per_payment: string | null;
  daily_out: string | null;
  daily_in: string | null;
  counter_day: number;
  day_out: string;
  day_in: string;
}

/** Wallets as they are committed now. Ids without a wallet are left out. */
export async function readWallets(database: Database, walletIds: readonly string[]): Promise<WalletState[]> {
  const rows = await database.query<WalletRow>(
    `SELECT wallet_id, kind, currency, scope, status, balance, held, floor, per_payment, daily_out, daily_in, counter_day, day_out, day_in
       FROM wallets WHERE wallet_id = ANY ($1::uuid[])`,
    [plainArray(walletIds)],
  );
  return rows.map((row) => ({
    walletId: row.wallet_id,
    kind: row.kind,
    currency: row.currency,
    scope: row.scope,
    status: row.status,
    balance: parseDecimal(row.balance),
    held: parseDecimal(row.held),
    floor: moneyOrNull(row.floor),
    limits: limitsOf(row),
    day: row.counter_day,
    dayOut: parseDecimal(row.day_out),
    dayIn: parseDecimal(row.day_in),
  }));
}

function limitsOf({ per_payment, daily_out, daily_in }: WalletRow): WalletLimits {
  // One object for all that have none: there are many in memory.
  if (per_payment === null && daily_out === null && daily_in === null) return noLimits;
  return { perPayment: moneyOrNull(per_payment), dailyOut: moneyOrNull(daily_out), dailyIn: moneyOrNull(daily_in) };
}

function moneyOrNull(text: string | null): bigint | null {
  return text === null ? null : parseDecimal(text);
}

interface HoldRow {
  hold_id: string;
  wallet_id: string;
  receiver_wallet_id: string;
  currency: string;
  amount: string;
  captured: string;
  captures: number;
  status: HoldStatus;
  expires_ms: string;
  made_day: number;
}

/** Holds as they are committed now. Ids without one are left out. */
export async function readHolds(database: Database, holdIds: readonly string[]): Promise<HoldState[]> {
  const rows = await database.query<HoldRow>(
    `SELECT hold_id, wallet_id, receiver_wallet_id, currency, amount, captured, captures, status,
            (extract(epoch FROM expires_at) * 1000)::int8 AS expires_ms, made_day
       FROM holds WHERE hold_id = ANY ($1::uuid[])`,
    [plainArray(holdIds)],
  );
  return rows.map((row) => ({
    ...{ holdId: row.hold_id, walletId: row.wallet_id, receiverWalletId: row.receiver_wallet_id },
    ...{ currency: row.currency, amount: parseDecimal(row.amount), captured: parseDecimal(row.captured) },
    ...{ captures: row.captures, status: row.status, expiresAtMs: Number(row.expires_ms), day: row.made_day },
  }));
}

interface OriginalRow {
  transaction_id: string;
  kind: TransactionKind;
  status: TransactionStatus;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  currency: string;
  refunded: string;
  refunds: number;
}

/** Recorded transactions, and what was paid back of each. Ids without one are left out. */
export async function readOriginals(database: Database, ids: readonly string[]): Promise<Original[]> {
  const rows = await database.query<OriginalRow>(
    `SELECT t.transaction_id, t.kind, t.status, t.sender_wallet_id, t.receiver_wallet_id, t.amount, t.currency,
            coalesce(r.refunded, 0) AS refunded, coalesce(r.refunds, 0) AS refunds
       FROM transactions t LEFT JOIN refund_totals r USING (transaction_id)
      WHERE t.transaction_id = ANY ($1::uuid[])`,
    [plainArray(ids)],
  );
  return rows.map((row) => ({
    ...{ transactionId: row.transaction_id, kind: row.kind, status: row.status },
    ...{ senderWalletId: row.sender_wallet_id, receiverWalletId: row.receiver_wallet_id },
    ...{ amount: parseDecimal(row.amount), currency: row.currency },
    ...{ refunded: parseDecimal(row.refunded), refunds: row.refunds },
  }));
}

export interface FundingName {
  readonly partition: number;
  readonly currency: string;
}

/** The partition's funding wallet of a currency, made when it is the first time; no time above `createdMaxMs` is written. */
export async function ensureFundingWallet(
  database: Database,
  { partition, currency }: FundingName,
  partitionCount: number,
  createdMaxMs: number,
): Promise<WalletState> {
  const [row] = await database.query<{ wallet_id: string }>(
    'SELECT ensure_funding_wallet_v2($1, $2, $3, $4) AS wallet_id',
    [mintWalletIdIn(partition, partitionCount), currency, partition, createdMaxMs],
  );
  const [wallet] = await readWallets(database, [(row as { wallet_id: string }).wallet_id]);
  return wallet as WalletState;
}

function mintWalletIdIn(partition: number, partitionCount: number): string {
  for (;;) {
    const walletId = uuidv7();
    if (partitionOf(walletId, partitionCount) === partition) return walletId;
  }
}

/** Those of the wallets that somebody else holds locked right now. */
export async function readLockedWallets(database: Database, walletIds: Iterable<string>): Promise<string[]> {
  const [row] = await database.query<{ locked: string[] }>('SELECT locked_wallets($1) AS locked', [
    plainArray(walletIds),
  ]);
  return (row as { locked: string[] }).locked;
}
