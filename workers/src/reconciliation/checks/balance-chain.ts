import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, moneyBreak } from '../finding.js';
import type { Stretch, StretchAsked } from '../reads/entry-stretches.js';

/** The balance after each entry is the one before and the entry. Across a hole in the numbers nothing is said. */
export function checkBalanceChain({ walletId, fromNo }: StretchAsked, stretch: Stretch, currency: string): Break[] {
  const breaks: Break[] = [];
  for (const { no, noBefore, transactionId, after, afterExpected } of stretch.broken ?? []) {
    const follows = BigInt(no) === (noBefore === null ? fromNo - 1n : BigInt(noBefore)) + 1n;
    if (!follows || afterExpected === null) continue;
    const values = { expected: parseDecimal(afterExpected), found: parseDecimal(after) };
    if (values.expected === values.found) continue;
    const what = `entry ${no}`;
    breaks.push(moneyBreak('BALANCE_CHAIN', { walletId, transactionId }, { what, currency, ...values }));
  }
  return breaks;
}
