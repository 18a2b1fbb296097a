/*
 * Every way the engine says no. A closed set: a retired code is never reused. The gateway maps each to HTTP in one place.
 *
 * Two words, here and everywhere: a *refusal* is recorded, as a FAILED transaction under its key, and is the answer to that key
 * from then on. A *rejection* is not: NOT_RECORDED on the wire, no row, no key used up. (FAILED, failureCode, failuresByCode and
 * transaction_failures are what the API and the tables call a refusal.)
 */

/** Refusals. */
export const refusalCodes = [
  'INSUFFICIENT_FUNDS',
  'WALLET_NOT_ACTIVE',
  'CURRENCY_MISMATCH',
  'BALANCE_LIMIT_EXCEEDED',
  /** Another payment of the same atomic batch was refused. */
  'BATCH_REFUSED',
  'HOLD_NOT_OPEN',
  'HOLD_EXPIRED',
  'CAPTURE_EXCEEDS_HOLD',
  'TOO_MANY_CAPTURES',
  'NOT_REFUNDABLE',
  'REFUND_EXCEEDS_REMAINING',
  'TOO_MANY_REFUNDS',
  'NOT_REVERSIBLE',
  'NOTHING_LEFT_TO_REVERSE',
  'PAYMENT_LIMIT_EXCEEDED',
  'DAILY_OUT_LIMIT_EXCEEDED',
  'DAILY_IN_LIMIT_EXCEEDED',
  'CREDIT_LIMIT_IN_USE',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type RefusalCategory = 'FUNDS' | 'WALLET_STATE' | 'REQUEST' | 'LIMIT' | 'BATCH' | 'HOLD' | 'REFUND';

export const refusalCategories: Readonly<Record<RefusalCode, RefusalCategory>> = {
  INSUFFICIENT_FUNDS: 'FUNDS',
  WALLET_NOT_ACTIVE: 'WALLET_STATE',
  CURRENCY_MISMATCH: 'REQUEST',
  BALANCE_LIMIT_EXCEEDED: 'LIMIT',
  BATCH_REFUSED: 'BATCH',
  HOLD_NOT_OPEN: 'HOLD',
  HOLD_EXPIRED: 'HOLD',
  CAPTURE_EXCEEDS_HOLD: 'HOLD',
  TOO_MANY_CAPTURES: 'HOLD',
  NOT_REFUNDABLE: 'REFUND',
  REFUND_EXCEEDS_REMAINING: 'REFUND',
  TOO_MANY_REFUNDS: 'REFUND',
  NOT_REVERSIBLE: 'REFUND',
  NOTHING_LEFT_TO_REVERSE: 'REFUND',
  PAYMENT_LIMIT_EXCEEDED: 'LIMIT',
  DAILY_OUT_LIMIT_EXCEEDED: 'LIMIT',
  DAILY_IN_LIMIT_EXCEEDED: 'LIMIT',
  CREDIT_LIMIT_IN_USE: 'LIMIT',
};

/** Rejections: final, and asking again is deciding again. */
export const rejectionCodes = [
  'WALLET_NOT_FOUND',
  'HOLD_NOT_FOUND',
  /** Of a refund or a reversal: what it would pay back. */
  'TRANSACTION_NOT_FOUND',
  'IDEMPOTENCY_KEY_REUSED',
  /** The key has its answer, in a month that was taken out of the ledger. It is never decided a second time. */
  'ANSWER_ARCHIVED',
  'ILLEGAL_STATUS_CHANGE',
  'WALLET_NOT_EMPTY',
  /** What the command says it expects (`expectedRefunded` and its like) is not so any more. */
  'APPROVAL_STALE',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

/** What IDEMPOTENCY_KEY_REUSED says, whoever finds it out. */
export const keyReusedDetail = 'This Idempotency-Key was used for another request. Send a new key with a new request.';

/** This command did nothing; an earlier one with its key may have. All but COMMAND_FAULT are worth asking again. */
export const notDoneCodes = [
  /** This engine does not own the partition at this epoch: ask its owner. */
  'NOT_OWNER',
  /** The partition's mailbox is full. */
  'OVERLOADED',
  /** The database has no room or no connections left. */
  'STORAGE_UNAVAILABLE',
  /** Its time ran out while it waited in the mailbox. */
  'DEADLINE_EXCEEDED',
  /** The command is malformed in a way its gateway should have caught. Asking again does not help. */
  'COMMAND_FAULT',
] as const;
export type NotDoneCode = (typeof notDoneCodes)[number];
