import type { Filter } from '../../ui/list/filters.js';

const kinds = ['PAYMENT', 'DEPOSIT', 'WITHDRAWAL', 'HOLD', 'CAPTURE', 'VOID', 'EXPIRY', 'REFUND', 'REVERSAL'];
const failureCodes = [
  ...['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE', 'CURRENCY_MISMATCH', 'BALANCE_LIMIT_EXCEEDED', 'BATCH_REFUSED'],
  ...['HOLD_NOT_OPEN', 'HOLD_EXPIRED', 'CAPTURE_EXCEEDS_HOLD', 'TOO_MANY_CAPTURES', 'NOT_REFUNDABLE'],
  ...['REFUND_EXCEEDS_REMAINING', 'TOO_MANY_REFUNDS', 'NOT_REVERSIBLE', 'NOTHING_LEFT_TO_REVERSE'],
  ...['PAYMENT_LIMIT_EXCEEDED', 'DAILY_OUT_LIMIT_EXCEEDED', 'DAILY_IN_LIMIT_EXCEEDED', 'CREDIT_LIMIT_IN_USE'],
];

/** Those of `GET /api/transactions`. */
export const transactionFilters: readonly Filter[] = [
  { name: 'status', label: 'Status', kind: 'choice', choices: ['SUCCESS', 'FAILED'] },
  { name: 'kind', label: 'Kind', kind: 'choice', choices: kinds },
  { name: 'failureCode', label: 'Failure', kind: 'choice', choices: failureCodes },
  { name: 'walletId', label: 'Wallet', kind: 'id' },
  { name: 'currency', label: 'Currency', kind: 'id', hint: 'EUR' },
  { name: 'minAmount', label: 'At least', kind: 'amount', hint: '0.00' },
  { name: 'maxAmount', label: 'At most', kind: 'amount', hint: '0.00' },
  { name: 'from', label: 'From', kind: 'instant' },
  { name: 'to', label: 'To', kind: 'instant' },
  { name: 'reference', label: 'Reference', kind: 'text' },
  { name: 'idempotencyKey', label: 'Idempotency key', kind: 'text' },
  { name: 'parentTransactionId', label: 'Belongs to', kind: 'id' },
];
