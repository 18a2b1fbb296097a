import type { LimitTerms } from '@smart-wallet/engine/contract/commands.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { HoldRow } from '../holds/hold-row.js';
import { operators } from '../http/access.js';
import type { LimitsRow } from '../limits/find-limits.js';
import type { Suspension } from '../reconciliation/find-suspension.js';
import type { TransactionRow } from '../transactions/transaction-row.js';
import { limitsPayload } from './payloads.js';
import type { Proposal } from './proposal.js';

/* What changes a hold, a paid transaction, limits or a status. It is judged by what they are, so it is bound to that. */

/** A capture, with all that was captured before: so the whole of a hold is judged, in however many pieces it is taken. */
export function captureJudged(hold: HoldRow, asked: bigint | null) {
  const remaining = hold.status === 'OPEN' ? parseDecimal(hold.amount) - parseDecimal(hold.captured) : 0n;
  const amount = asked ?? remaining;
  return {
    remaining,
    amount,
    together: parseDecimal(hold.captured) + amount,
    isPossible: amount > 0n && amount <= remaining,
  };
}

export function captureProposal(hold: HoldRow, amount: bigint, remaining: bigint, final: boolean): Proposal {
  const { hold_id: holdId, wallet_id: walletId, receiver_wallet_id: receiverWalletId, currency } = hold;
  return {
    ...{ action: 'CAPTURE', subject: holdId, reason: null, askerRoles: operators },
    payload: { holdId, walletId, receiverWalletId, amount: formatMoney(amount, currency), currency, final },
    state: { remaining: formatMoney(remaining, currency) },
  };
}

/** What is paid back, with all that was paid back before: by refunds in pieces, or by a reversal of the rest. */
export function paidBackJudged(original: TransactionRow, refunded: bigint, asked: bigint | null) {
  const left = original.status === 'SUCCESS' ? parseDecimal(original.amount) - refunded : 0n;
  const amount = asked ?? left;
  return { amount, together: refunded + amount, isPossible: amount > 0n && amount <= left };
}

export interface PayingBack {
  readonly action: 'REFUND' | 'REVERSAL';
  readonly original: TransactionRow;
  /** Whose owner decides. */
  readonly walletId: string;
  readonly amount: bigint;
  readonly refunded: bigint;
  readonly reason: string | null;
}

export function payingBackProposal({ action, original, walletId, amount, refunded, reason }: PayingBack): Proposal {
  const { transaction_id: transactionId, kind, currency } = original;
  return {
    ...{ action, subject: transactionId, reason, askerRoles: operators },
    payload: {
      ...{ transactionId, kind, payerWalletId: original.receiver_wallet_id, payeeWalletId: original.sender_wallet_id },
      ...{ walletId, amount: formatMoney(amount, currency), currency, reason },
    },
    state: { refunded: formatMoney(refunded, currency) },
  };
}

export function limitsOf(row: LimitsRow): LimitTerms {
  const digits = (text: string | null) => (text === null ? null : parseDecimal(text).toString());
  return {
    creditLimit: (row.floor === null ? 0n : -parseDecimal(row.floor)).toString(),
    ...{ perPayment: digits(row.per_payment), dailyOut: digits(row.daily_out), dailyIn: digits(row.daily_in) },
  };
}

export function limitsProposal(
  { wallet_id: walletId, currency }: LimitsRow,
  from: LimitTerms,
  to: LimitTerms,
): Proposal {
  return {
    ...{ action: 'LIMITS_CHANGE', subject: walletId, reason: null, askerRoles: operators },
    payload: { walletId, currency, ...limitsPayload(to, currency) },
    state: limitsPayload(from, currency),
  };
}

/** Of a wallet that reconciliation suspended: whatever the threshold is, one person does not let it pay again. */
export function activationProposal(walletId: string, reason: string | null, suspension: Suspension): Proposal {
  return {
    ...{ action: 'STATUS_CHANGE', subject: walletId, reason, askerRoles: operators },
    payload: { walletId, status: 'ACTIVE', reason },
    state: suspensionState(suspension),
  };
}

/** As it is written down, and compared when it is decided. */
export function suspensionState({ status, statusChangeId, findings }: Suspension) {
  return { status, statusChangeId, findings };
}
