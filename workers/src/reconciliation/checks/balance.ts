import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, moneyBreak } from '../finding.js';
import type { WalletSum } from '../wallet-sum.js';

/** A wallet's balance is what its entries add up to, up to the number that its row says. */
export function checkBalance({ row, total, opening }: WalletSum): Break[] {
  if (row.currency === null) return [];
  const expected = parseDecimal(opening) + BigInt(total);
  const found = parseDecimal(row.balance);
  if (found === expected) return [];
  const { walletId, currency } = row;
  return [moneyBreak('BALANCE', { walletId }, { what: 'balance', currency, expected, found })];
}
