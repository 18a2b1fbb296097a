import { holdCapturesMax } from '../../contract/limits.js';
import { formatMoney } from '../../contract/money.js';
import { utcDay } from '../day.js';
import type { PairPosted } from '../events.js';
import { type HoldState, remainingOf } from '../hold-state.js';
import type { WalletState } from '../wallet-state.js';
import { notOpenRule } from './hold-end.js';
import { type Refusal, refused } from './refusal.js';
import { activeRule, balanceLimitRule, dailyInRule } from './rules.js';

export interface CaptureRequest {
  /** null: all that remains. */
  readonly amount: bigint | null;
  /** Gives back what remains after it. */
  readonly final: boolean;
  /** The database's time. */
  readonly nowMs: number;
}

export interface Capture {
  readonly type: 'CAPTURED';
  readonly hold: HoldState;
  readonly pair: PairPosted;
  readonly released: bigint;
}

/** Does what was set apart go to its receiver? A refused capture leaves the hold as it is. */
export function decideCapture(
  hold: HoldState,
  payer: WalletState,
  receiver: WalletState,
  { amount: asked, final, nowMs }: CaptureRequest,
): Capture | Refusal {
  const remaining = remainingOf(hold);
  const amount = asked ?? remaining;
  const day = utcDay(nowMs);
  const refusal =
    notOpenRule(hold, nowMs) ??
    remainingRule(hold, amount, remaining) ??
    countRule(hold) ??
    activeRule([payer, receiver]) ??
    dailyInRule(receiver, amount, day) ??
    balanceLimitRule(receiver, amount);
  if (refusal) return refusal;
  const released = final ? remaining - amount : 0n;
  const isOver = final || amount === remaining;
  return {
    type: 'CAPTURED',
    hold: {
      ...hold,
      captured: hold.captured + amount,
      captures: hold.captures + 1,
      status: isOver ? 'CAPTURED' : 'OPEN',
    },
    pair: {
      type: 'PAIR_POSTED',
      senderWalletId: payer.walletId,
      receiverWalletId: receiver.walletId,
      amount,
      unheld: amount + released,
      day,
      countedOut: hold.day === day ? -released : 0n,
      countedIn: amount,
    },
    released,
  };
}

function remainingRule({ holdId, currency }: HoldState, amount: bigint, remaining: bigint): Refusal | undefined {
  if (amount <= remaining) return undefined;
  const reason = `Of hold ${holdId} ${formatMoney(remaining, currency)} ${currency} remains, ${formatMoney(amount, currency)} is asked for.`;
  return refused('CAPTURE_EXCEEDS_HOLD', reason, holdId);
}

function countRule({ holdId, captures }: HoldState): Refusal | undefined {
  if (captures < holdCapturesMax) return undefined;
  return refused(
    'TOO_MANY_CAPTURES',
    `Hold ${holdId} was captured ${holdCapturesMax} times, the most there may be.`,
    holdId,
  );
}
