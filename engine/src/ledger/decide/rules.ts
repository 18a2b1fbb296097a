import { balanceLimit, formatMoney } from '../../contract/money.js';
import { countersOn, type WalletState } from '../wallet-state.js';
import { type Refusal, refused } from './refusal.js';

/*
 * The rules that several kinds of transactions share. Each says what is broken, or undefined. Which are asked, and in which
 * order, stands in the decision of each kind: the first rule broken decides, so equal states give equal answers.
 */

export function currencyRule(wallets: readonly WalletState[], currency: string, what: string): Refusal | undefined {
  for (const wallet of wallets) {
    if (wallet.currency === currency) continue;
    return refused(
      'CURRENCY_MISMATCH',
      `Wallet ${wallet.walletId} holds ${wallet.currency}, the ${what} is in ${currency}.`,
    );
  }
  return undefined;
}

export function activeRule(wallets: readonly WalletState[]): Refusal | undefined {
  for (const { walletId, status } of wallets) {
    if (status === 'ACTIVE') continue;
    const reason = `Wallet ${walletId} is ${status}; only ACTIVE wallets send or receive (PATCH its status).`;
    return refused('WALLET_NOT_ACTIVE', reason, walletId);
  }
  return undefined;
}

export function notClosedRule(wallets: readonly WalletState[]): Refusal | undefined {
  for (const { walletId, status } of wallets) {
    if (status !== 'CLOSED') continue;
    return refused('WALLET_NOT_ACTIVE', `Wallet ${walletId} is CLOSED, for good.`, walletId);
  }
  return undefined;
}

export function perPaymentRule({ walletId, limits, currency }: WalletState, amount: bigint): Refusal | undefined {
  if (limits.perPayment === null || amount <= limits.perPayment) return undefined;
  const reason = `Wallet ${walletId} sends at most ${formatMoney(limits.perPayment, currency)} ${currency} at once.`;
  return refused('PAYMENT_LIMIT_EXCEEDED', reason, walletId);
}

export function dailyOutRule(wallet: WalletState, amount: bigint, day: number): Refusal | undefined {
  const { walletId, currency } = wallet;
  const { dailyOut } = wallet.limits;
  if (dailyOut === null) return undefined;
  const { out } = countersOn(wallet, day);
  if (out + amount <= dailyOut) return undefined;
  const reason = `Of the ${formatMoney(dailyOut, currency)} ${currency} that wallet ${walletId} may send a day, ${left(dailyOut, out, currency)} is left today (UTC).`;
  return refused('DAILY_OUT_LIMIT_EXCEEDED', reason, walletId);
}

export function dailyInRule(wallet: WalletState, amount: bigint, day: number): Refusal | undefined {
  const { walletId, currency } = wallet;
  const { dailyIn } = wallet.limits;
  if (dailyIn === null) return undefined;
  const counters = countersOn(wallet, day);
  if (counters.in + amount <= dailyIn) return undefined;
  const reason = `Of the ${formatMoney(dailyIn, currency)} ${currency} that wallet ${walletId} may receive a day, ${left(dailyIn, counters.in, currency)} is left today (UTC).`;
  return refused('DAILY_IN_LIMIT_EXCEEDED', reason, walletId);
}

export function fundsRule(
  { walletId, balance, held, floor, currency }: WalletState,
  amount: bigint,
): Refusal | undefined {
  const available = balance - held;
  if (floor === null || available - amount >= floor) return undefined;
  const credit = floor < 0n ? ` and a credit limit of ${formatMoney(-floor, currency)}` : '';
  const reason = `Wallet ${walletId} has ${formatMoney(available, currency)} ${currency} available${credit}, ${formatMoney(amount, currency)} is needed.`;
  return refused('INSUFFICIENT_FUNDS', reason, walletId);
}

/** A funding wallet stands for the whole outside world: its own limit is out of reach, and no caller knows it by name. */
export function balanceLimitRule(
  { walletId, kind, balance, currency }: WalletState,
  amount: bigint,
): Refusal | undefined {
  if (kind !== 'USER' || balance + amount < balanceLimit) return undefined;
  return refused(
    'BALANCE_LIMIT_EXCEEDED',
    `The balance of wallet ${walletId} would reach the limit of 10^15 ${currency}.`,
    walletId,
  );
}

/** What is left of a limit, which may have been lowered below what was used. */
function left(limit: bigint, used: bigint, currency: string): string {
  return formatMoney(limit > used ? limit - used : 0n, currency);
}
