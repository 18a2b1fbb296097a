import { formatMoney } from '../../contract/money.js';
import type { LimitsChanged } from '../events.js';
import type { WalletLimits, WalletState } from '../wallet-state.js';
import { type Refusal, refused } from './refusal.js';

/** How far below zero a wallet may go, and what bounds its payments. */
export interface LimitsRequest {
  readonly creditLimit: bigint;
  readonly limits: WalletLimits;
}

/** May a wallet have these limits? A bound below what was used today is one: it stands in the way of what comes next only. */
export function decideLimits(wallet: WalletState, { creditLimit, limits }: LimitsRequest): LimitsChanged | Refusal {
  const { walletId, currency, balance, held } = wallet;
  const available = balance - held;
  if (available < -creditLimit) {
    const reason = `Wallet ${walletId} uses ${formatMoney(-available, currency)} ${currency} of its credit: the limit cannot be ${formatMoney(creditLimit, currency)}.`;
    return refused('CREDIT_LIMIT_IN_USE', reason, walletId);
  }
  return { type: 'LIMITS_CHANGED', walletId, floor: -creditLimit, limits };
}
