import type { TransactionKind } from '../contract/transaction-kind.js';
import type { TransactionStatus } from '../contract/transaction-status.js';

/** A recorded transaction that a refund or a reversal takes back, and what has been taken back of it already. */
export interface Original {
  readonly transactionId: string;
  readonly kind: TransactionKind;
  readonly status: TransactionStatus;
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: bigint;
  readonly currency: string;
  /** By refunds and a reversal together. */
  readonly refunded: bigint;
  readonly refunds: number;
}
