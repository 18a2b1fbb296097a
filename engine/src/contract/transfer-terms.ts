import type { TransactionKind } from './transaction-kind.js';

/**
 * What a transaction is to do: all that its caller chose. It is handed on whole, from the request to the command, the plan, the
 * row and the answer; what others add (keys, times, outcome) stands beside it.
 */
export interface TransferTerms<Kind extends TransactionKind = TransactionKind> {
  kind: Kind;
  /** null for a DEPOSIT: the owner takes the partition's funding wallet. */
  senderWalletId: string | null;
  /** null for a WITHDRAWAL. */
  receiverWalletId: string | null;
  /** Ten-thousandths, in decimal digits: "12.5" and "12.50" are one amount. */
  amount: string;
  currency: string;
  reference: string | null;
  description: string | null;
  /** Canonical JSON text of an object (see `canonicalJson`). */
  metadata: string | null;
  /** Fields that came later are absent where there is nothing to say, so that older requests keep their hash. */
  parentTransactionId?: string;
  /** When it took place in the caller's world, Unix milliseconds: information, and nothing is ordered by it. */
  effectiveAtMs?: number;
}

/** Of a payment: its caller names both wallets. */
export interface PaymentTerms extends TransferTerms<'PAYMENT'> {
  senderWalletId: string;
  receiverWalletId: string;
}
