import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, moneyBreak, otherBreak } from '../finding.js';
import type { LastEntry } from '../reads/last-entries.js';

/** A wallet that was made, or has entries, has a row. What its last entry left it with is missing with it. */
export function missingWallet(walletId: string, last: LastEntry | undefined): Break {
  if (!last) return otherBreak('MISSING_WALLET', { walletId }, { what: 'row', expected: walletId, found: null });
  const values = { what: 'row', currency: last.currency, expected: parseDecimal(last.balanceAfter), found: null };
  return moneyBreak('MISSING_WALLET', { walletId }, values);
}
