import type { TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';

/** One transaction to write, already decided. */
export interface LedgerTransaction {
  transactionId?: string;
  kind: TransactionKind;
  caller: string;
  /** That of an atomic batch, for its payments. */
  idempotencyKey: string;
  keyDigest: string;
  requestHash: string;
  /** Of a payment of an atomic batch: its place there, from 0. They follow each other. */
  place?: number;
  senderWalletId: string;
  receiverWalletId: string;
  /** Ten-thousandths. */
  amount: bigint;
  currency: string;
  reference?: string | null;
  description?: string | null;
  /** Canonical JSON text. */
  metadata?: string | null;
  parentTransactionId?: string | null;
  effectiveAtMs?: number;
  /** Of a capture that succeeds: what it gives back. */
  released?: bigint;
  /** Of a hold that succeeds. */
  expiresAtMs?: number;
  partition: number;
  initiatedAtMs: number;
  failure?: { code: string; reason: string; category: string };
}

/** One change of a wallet's status or limits to write. `from` is `to` when the wallet was so already. */
export interface LedgerChange {
  changeId: string;
  caller: string;
  keyDigest: string;
  requestHash: string;
  partition: number;
  walletId: string;
  from: string | LedgerLimits;
  to: string | LedgerLimits;
  reason: string | null;
  /** How many of the batch's transactions come before it. */
  place: number;
  /** Of limits: why they stay as they are. */
  refused?: { code: string; reason: string };
}

/** Ten-thousandths in decimal digits; null: no bound. */
export interface LedgerLimits {
  creditLimit: string;
  perPayment: string | null;
  dailyOut: string | null;
  dailyIn: string | null;
}
