import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { plainNumber, type Rule, subjectsMax } from './alert-rule.js';

export interface DrainedWallet {
  readonly walletId: string;
  readonly currency: string;
  /** Ten-thousandths, at the window's start and now. */
  readonly before: bigint;
  readonly after: bigint;
  /** How often it paid in the window. */
  readonly payments: number;
}

export interface DrainedWallets {
  readonly wallets: readonly DrainedWallet[];
}

/** Per cent of what a wallet had at the window's start that it has lost since, all that came in counted; by many payments, not by one. */
export const walletDrain: Rule<DrainedWallets> = ({ wallets }, terms) =>
  wallets
    .flatMap((wallet) => {
      const { walletId, currency, before, after, payments } = wallet;
      if (before <= 0n || payments < terms.minimumSample) return [];
      const value = Number(((before - after) * 10_000n) / before) / 100;
      if (value < terms.threshold) return [];
      const says =
        `wallet ${walletId} lost ${plainNumber(value)} % of its balance in ${terms.windowMinutes} min by ${payments} payments: ` +
        `from ${formatMoney(before, currency)} to ${formatMoney(after, currency)} ${currency}`;
      return [{ subject: walletId, value, says, details: { walletId, currency, payments } }];
    })
    .sort((a, b) => b.value - a.value || (a.subject < b.subject ? -1 : 1))
    .slice(0, subjectsMax);
