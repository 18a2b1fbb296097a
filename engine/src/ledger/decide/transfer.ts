import type { TransferKind } from '../../contract/commands.js';
import type { PairPosted } from '../events.js';
import type { WalletState } from '../wallet-state.js';
import type { Refusal } from './refusal.js';
import {
  activeRule,
  balanceLimitRule,
  currencyRule,
  dailyInRule,
  dailyOutRule,
  fundsRule,
  perPaymentRule,
} from './rules.js';

/** Move `amount` ten-thousandths of `currency` from sender to receiver, on a UTC day. */
export interface Transfer {
  readonly kind: TransferKind;
  readonly amount: bigint;
  readonly currency: string;
  readonly day: number;
}

const names: Readonly<Record<TransferKind, string>> = {
  PAYMENT: 'payment',
  DEPOSIT: 'deposit',
  WITHDRAWAL: 'withdrawal',
};

/** May this money move? */
export function decideTransfer(
  sender: WalletState,
  receiver: WalletState,
  { kind, amount, currency, day }: Transfer,
): PairPosted | Refusal {
  // A funding wallet has no limits, and its counters say nothing.
  const sends = kind !== 'DEPOSIT';
  const receives = kind !== 'WITHDRAWAL';
  return (
    currencyRule([sender, receiver], currency, names[kind]) ??
    activeRule([sender, receiver]) ??
    perPaymentRule(sender, amount) ??
    dailyOutRule(sender, amount, day) ??
    dailyInRule(receiver, amount, day) ??
    fundsRule(sender, amount) ??
    balanceLimitRule(receiver, amount) ?? {
      type: 'PAIR_POSTED',
      senderWalletId: sender.walletId,
      receiverWalletId: receiver.walletId,
      amount,
      unheld: 0n,
      day,
      countedOut: sends ? amount : 0n,
      countedIn: receives ? amount : 0n,
    }
  );
}
