import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { transactionRowJson } from '../transactions/transaction-json.js';
import type { TransactionRow } from '../transactions/transaction-row.js';

/** A payment with what became of it: what was paid back, and what still may be (of one that failed, nothing). */
export function paymentJson(row: TransactionRow, refunded: bigint): string {
  const { currency } = row;
  const refundable = row.status === 'SUCCESS' ? parseDecimal(row.amount) - refunded : 0n;
  const sums = `"refunded":"${formatMoney(refunded, currency)}","refundable":"${formatMoney(refundable, currency)}"`;
  return `${transactionRowJson(row).slice(0, -1)},${sums}}`;
}
