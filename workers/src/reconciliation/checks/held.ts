import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, countBreak, moneyBreak, otherBreak } from '../finding.js';
import type { HoldSum } from '../reads/hold-sums.js';
import type { WalletRow } from '../reads/wallet-rows.js';

/** What a wallet holds is what is left of its open holds. */
export function checkHeld({ walletId, currency, held, openHolds }: WalletRow): Break[] {
  if (currency === null) return [];
  const values = { what: 'held', currency, expected: parseDecimal(openHolds), found: parseDecimal(held) };
  return values.expected === values.found ? [] : [moneyBreak('HELD', { walletId }, values)];
}

/** A hold is what its transactions made of it. */
export function checkHold(hold: HoldSum): Break[] {
  const { holdId: transactionId, walletId, currency } = hold;
  const place = { transactionId, walletId };
  const taken = parseDecimal(hold.captured);
  if (hold.rowStatus === null) {
    return [otherBreak('HELD', place, { what: 'hold', expected: statusOf(hold), found: null })];
  }
  const breaks: Break[] = [];
  for (const [what, expected, found] of [
    ['wallet', walletId, hold.rowWalletId],
    ['receiver', hold.receiverId, hold.rowReceiverId],
    ['currency', currency, hold.rowCurrency],
  ] as const) {
    if (found !== expected) breaks.push(otherBreak('HELD', place, { what, expected, found }));
  }
  const rowCaptured = parseDecimal(hold.rowCaptured ?? '0');
  const rowAmount = parseDecimal(hold.rowAmount ?? '0');
  if (rowAmount !== parseDecimal(hold.amount)) {
    const values = { what: 'amount', currency, expected: parseDecimal(hold.amount), found: rowAmount };
    breaks.push(moneyBreak('HELD', place, values));
  }
  if (rowCaptured !== taken) {
    breaks.push(moneyBreak('HELD', place, { what: 'captured', currency, expected: taken, found: rowCaptured }));
  }
  if (BigInt(hold.rowCaptures ?? 0) !== BigInt(hold.captures)) {
    const values = { what: 'captures', expected: BigInt(hold.captures), found: BigInt(hold.rowCaptures ?? 0) };
    breaks.push(countBreak('HELD', place, values));
  }
  if (hold.rowStatus !== statusOf(hold)) {
    breaks.push(otherBreak('HELD', place, { what: 'status', expected: statusOf(hold), found: hold.rowStatus }));
  }
  return breaks;
}

function statusOf({ voids, expiries, finals, captured, amount }: HoldSum): string {
  if (voids > 0) return 'VOIDED';
  if (expiries > 0) return 'EXPIRED';
  return finals > 0 || parseDecimal(captured) === parseDecimal(amount) ? 'CAPTURED' : 'OPEN';
}
