import { isoTime } from '../iso-time.js';
import { transactionRowJson } from '../transactions/transaction-json.js';
import type { PaymentsByKey } from './payments-by-key.js';

export function paymentsByKeyJson({ rows, finalAfterMs }: PaymentsByKey): string {
  if (rows.length === 0) return `{"items":[],"finalAfter":"${isoTime(finalAfterMs)}"}`;
  return `{"items":[${rows.map(transactionRowJson).join(',')}]}`;
}
