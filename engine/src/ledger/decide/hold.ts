import type { FundsHeld } from '../events.js';
import type { WalletState } from '../wallet-state.js';
import type { Refusal } from './refusal.js';
import { activeRule, currencyRule, dailyOutRule, fundsRule, perPaymentRule } from './rules.js';

export interface HoldRequest {
  readonly amount: bigint;
  readonly currency: string;
  readonly day: number;
}

/** May this money be set apart for the receiver? It counts as sent when it is: its captures count no more. */
export function decideHold(
  payer: WalletState,
  receiver: WalletState,
  { amount, currency, day }: HoldRequest,
): FundsHeld | Refusal {
  return (
    currencyRule([payer, receiver], currency, 'hold') ??
    activeRule([payer, receiver]) ??
    perPaymentRule(payer, amount) ??
    dailyOutRule(payer, amount, day) ??
    fundsRule(payer, amount) ?? { type: 'FUNDS_HELD', walletId: payer.walletId, amount, day }
  );
}
