import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, countBreak, moneyBreak } from '../finding.js';
import { latest, type WalletSum } from '../wallet-sum.js';

/**
 * A wallet's counters are what the day that they are of counts: what it paid, withdrew and had held, less what went back of that day's
 * holds; and what it was paid. Only what engines that keep counters committed counts, and none of them did anything on a later day.
 */
export function checkCounters(sum: WalletSum): Break[] {
  const { row } = sum;
  if (row.currency === null) return [];
  const { walletId, currency, day } = row;
  const breaks: Break[] = [];
  const lastDay = latest(sum.lastDay, row.unpostedDay);
  if (lastDay !== null && lastDay > day) {
    const days = { what: 'counterDay', expected: BigInt(lastDay), found: BigInt(day) };
    return [countBreak('COUNTERS', { walletId }, days)];
  }
  const expected = { dayOut: BigInt(sum.dayOut) + parseDecimal(row.unpostedOut), dayIn: BigInt(sum.dayIn) };
  for (const what of ['dayOut', 'dayIn'] as const) {
    const values = { what, currency, expected: expected[what], found: parseDecimal(row[what]) };
    if (values.expected !== values.found) breaks.push(moneyBreak('COUNTERS', { walletId }, values));
  }
  return breaks;
}
