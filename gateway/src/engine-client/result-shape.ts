import type { CommandResult, RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { failureCategories } from '@smart-wallet/engine/contract/rejection.js';

/*
 * What comes back over NATS or out of Redis decides what a caller is told about money. Whatever is not exactly of the right
 * shape (another version, a fault, a stranger) counts as no answer.
 */

export function isCommandResult(value: unknown): value is CommandResult {
  if (!isObject(value)) return false;
  switch (value.outcome) {
    case 'RECORDED':
      return typeof value.replayed === 'boolean' && isRecordedTransaction(value.transaction);
    case 'BATCH_RECORDED':
      return (
        typeof value.replayed === 'boolean' &&
        Array.isArray(value.transactions) &&
        value.transactions.length > 0 &&
        value.transactions.every(isRecordedTransaction)
      );
    case 'REFUSED':
      return unrecordedCodes.has(value.code as string) && typeof value.detail === 'string';
    case 'NOT_DONE':
      return notDoneCodes.has(value.code as string);
    case 'STATUS_CHANGED':
    case 'UNKNOWN':
      return true;
    default:
      return false;
  }
}

export function isRecordedTransaction(value: unknown): value is RecordedTransaction {
  if (!isObject(value)) return false;
  const failed = value.status === 'FAILED';
  return (
    (failed || value.status === 'SUCCESS') &&
    (failed
      ? Object.hasOwn(failureCategories, value.failureCode as string) && typeof value.failureReason === 'string'
      : value.failureCode === null && value.failureReason === null) &&
    isUuid(value.transactionId) &&
    isUuid(value.senderWalletId) &&
    isUuid(value.receiverWalletId) &&
    isCount(value.partition) &&
    isCount(value.batchSeq) &&
    isTime(value.initiatedAtMs) &&
    isTime(value.processingAtMs) &&
    isTime(value.createdAtMs)
  );
}

const unrecordedCodes = new Set([
  'WALLET_NOT_FOUND',
  'IDEMPOTENCY_KEY_REUSED',
  'ILLEGAL_STATUS_CHANGE',
  'WALLET_NOT_EMPTY',
]);
const notDoneCodes = new Set(['NOT_OWNER', 'OVERLOADED', 'STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'COMMAND_FAULT']);
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The last instant of the year 9999. */
const lastMs = 253_402_300_799_999;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && uuidPattern.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return isCount(value) && (value as number) <= lastMs;
}
