import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, countBreak, moneyBreak, otherBreak } from '../finding.js';
import type { RefundSum } from '../reads/refund-sums.js';

const refundable = ['PAYMENT', 'CAPTURE', 'DEPOSIT', 'WITHDRAWAL'];

/** What was paid back of a transaction is what its total says, and never more than was paid. */
export function checkRefunds(sum: RefundSum): Break[] {
  const { originalId: transactionId, kind, status } = sum;
  const place = { transactionId };
  const currency = sum.currency ?? '';
  const refunded = parseDecimal(sum.refunded);
  const breaks: Break[] = [];
  if (kind === null || status !== 'SUCCESS' || !refundable.includes(kind)) {
    breaks.push(
      otherBreak('REFUNDS', place, { what: 'original', expected: 'SUCCESS', found: kind && `${kind} ${status}` }),
    );
  }
  const said = parseDecimal(sum.rowRefunded ?? '0');
  if (said !== refunded) {
    breaks.push(moneyBreak('REFUNDS', place, { what: 'refunded', currency, expected: refunded, found: said }));
  }
  const counted = { what: 'refunds', expected: BigInt(sum.refunds), found: BigInt(sum.rowRefunds ?? 0) };
  if (counted.expected !== counted.found) breaks.push(countBreak('REFUNDS', place, counted));
  if (sum.amount === null) return breaks;
  const paid = parseDecimal(sum.amount);
  if (sum.rowAmount !== null && parseDecimal(sum.rowAmount) !== paid) {
    const values = { what: 'amount', currency, expected: paid, found: parseDecimal(sum.rowAmount) };
    breaks.push(moneyBreak('REFUNDS', place, values));
  }
  if (refunded > paid) {
    breaks.push(moneyBreak('REFUNDS', place, { what: 'paid back', currency, expected: paid, found: refunded }));
  }
  return breaks;
}
