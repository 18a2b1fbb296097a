import type { LivePayment } from '@smart-wallet/engine/contract/live.js';
import { movesMoney, type TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import { durationText, shortId } from '../../../figures/format.js';

/** What happened to the money, in one word. */
const doneWords: Readonly<Record<TransactionKind, string>> = {
  PAYMENT: 'paid',
  DEPOSIT: 'paid in',
  WITHDRAWAL: 'paid out',
  HOLD: 'held',
  CAPTURE: 'captured',
  VOID: 'voided',
  EXPIRY: 'expired',
  REFUND: 'refunded',
  REVERSAL: 'reversed',
};

/** A kind that a newer gateway tells of is done, whatever it is. */
export function outcomeWord({ kind, status }: LivePayment): string {
  return status === 'FAILED' ? 'refused' : (doneWords[kind] ?? 'done');
}

/** Money is set apart for the receiver, or no longer: it stays where it is. */
export function isOfHold({ kind }: LivePayment): boolean {
  return movesMoney[kind] === false;
}

/** How long its caller waited. Nobody waits for an expiry: it is the platform's own. */
export function waitedText({ kind, latencyMs }: LivePayment): string {
  return kind === 'EXPIRY' ? '' : durationText(latencyMs);
}

/** Money that enters the platform or leaves it does so at a funding wallet, which may have no name yet. */
export function senderText({ kind, senderName, senderWalletId }: LivePayment): string {
  return senderName ?? (kind === 'DEPOSIT' ? 'Deposit' : shortId(senderWalletId));
}

export function receiverText({ kind, receiverName, receiverWalletId }: LivePayment): string {
  return receiverName ?? (kind === 'WITHDRAWAL' ? 'Withdrawal' : shortId(receiverWalletId));
}

/** For who comes close with a pointer. */
export function rowTitle({ kind, failureCode, transactionId }: LivePayment): string {
  return [kind, failureCode, transactionId].filter((part) => part !== null).join(' ');
}
