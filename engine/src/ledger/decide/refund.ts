import { refundsMax } from '../../contract/limits.js';
import { formatMoney } from '../../contract/money.js';
import type { TransactionKind } from '../../contract/transaction-kind.js';
import type { PairPosted } from '../events.js';
import type { Original } from '../original.js';
import type { WalletState } from '../wallet-state.js';
import { type Refusal, refused } from './refusal.js';
import { activeRule, balanceLimitRule, fundsRule, notClosedRule } from './rules.js';

/** Money goes back from the original's receiver to its sender. */
export interface TakenBack {
  readonly type: 'TAKEN_BACK';
  readonly original: Original;
  readonly pair: PairPosted;
}

/** The wallets that pay back and are paid back: the original's receiver and sender. */
export interface BackWallets {
  readonly payer: WalletState;
  readonly payee: WalletState;
}

const refundable: readonly TransactionKind[] = ['PAYMENT', 'CAPTURE'];
const reversible: readonly TransactionKind[] = ['PAYMENT', 'CAPTURE', 'DEPOSIT', 'WITHDRAWAL'];

/** May so much (null: all that is left) be paid back? Refunds and a reversal share one cap: what was paid. */
export function decideRefund(
  original: Original,
  { payer, payee }: BackWallets,
  request: { readonly amount: bigint | null; readonly day: number },
): TakenBack | Refusal {
  const left = original.amount - original.refunded;
  const amount = request.amount ?? left;
  return (
    kindRule(original, refundable, 'NOT_REFUNDABLE') ??
    capRule(original, amount, left) ??
    activeRule([payer, payee]) ??
    fundsRule(payer, amount) ??
    balanceLimitRule(payee, amount) ??
    takenBack(original, amount, request.day)
  );
}

/** May all that is left of it be taken back? Suspended wallets do not stand in the way. */
export function decideReversal(original: Original, { payer, payee }: BackWallets, day: number): TakenBack | Refusal {
  const left = original.amount - original.refunded;
  return (
    kindRule(original, reversible, 'NOT_REVERSIBLE') ??
    nothingLeftRule(original, left) ??
    notClosedRule([payer, payee]) ??
    fundsRule(payer, left) ??
    balanceLimitRule(payee, left) ??
    takenBack(original, left, day)
  );
}

function nothingLeftRule({ transactionId }: Original, left: bigint): Refusal | undefined {
  if (left > 0n) return undefined;
  return refused('NOTHING_LEFT_TO_REVERSE', allPaidBack(transactionId), transactionId);
}

function kindRule(
  { transactionId, kind, status }: Original,
  kinds: readonly TransactionKind[],
  code: 'NOT_REFUNDABLE' | 'NOT_REVERSIBLE',
): Refusal | undefined {
  // Neither its kind nor its status ever changes.
  const verb = code === 'NOT_REFUNDABLE' ? 'refunded' : 'reversed';
  if (!kinds.includes(kind)) return refused(code, `A ${kind} cannot be ${verb}: ${kinds.join(', ')} can.`);
  if (status === 'SUCCESS') return undefined;
  return refused(code, `Transaction ${transactionId} failed: nothing was paid that could be ${verb}.`);
}

function capRule({ transactionId, currency, refunds }: Original, amount: bigint, left: bigint): Refusal | undefined {
  if (left === 0n) return refused('REFUND_EXCEEDS_REMAINING', allPaidBack(transactionId), transactionId);
  if (amount > left) {
    const reason = `Of transaction ${transactionId} ${formatMoney(left, currency)} ${currency} is left to refund, ${formatMoney(amount, currency)} is asked for.`;
    return refused('REFUND_EXCEEDS_REMAINING', reason, transactionId);
  }
  if (refunds < refundsMax) return undefined;
  const reason = `Transaction ${transactionId} was refunded ${refundsMax} times, the most there may be.`;
  return refused('TOO_MANY_REFUNDS', reason, transactionId);
}

function allPaidBack(transactionId: string): string {
  return `All of transaction ${transactionId} was paid back already.`;
}

function takenBack(original: Original, amount: bigint, day: number): TakenBack {
  return {
    type: 'TAKEN_BACK',
    original: { ...original, refunded: original.refunded + amount, refunds: original.refunds + 1 },
    pair: {
      type: 'PAIR_POSTED',
      senderWalletId: original.receiverWalletId,
      receiverWalletId: original.senderWalletId,
      amount,
      unheld: 0n,
      day,
      countedOut: 0n,
      countedIn: 0n,
    },
  };
}
