import { type CommandResult, notRecordedIn0_1, type RecordedTransaction } from './commands.js';
import { notDoneCodes, refusalCodes, rejectionCodes } from './rejection.js';
import { isCount, isOneOf, isRecord, isText, isTime, isUuid } from './shape.js';
import { transactionStatuses } from './transaction-status.js';

/*
 * What comes back over NATS or out of Redis decides what a caller is told about money. Whatever is not exactly of the right
 * shape (another version, a fault, a stranger) counts as no answer.
 */

/** A result under the names of this version; undefined: it is none. */
export function readCommandResult(value: unknown): CommandResult | undefined {
  const named = isRecord(value) && value.outcome === notRecordedIn0_1 ? { ...value, outcome: 'NOT_RECORDED' } : value;
  return isCommandResult(named) ? named : undefined;
}

function isCommandResult(value: unknown): value is CommandResult {
  if (!isRecord(value)) return false;
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
    case 'NOT_RECORDED':
      return isRejectionCode(value.code) && isText(value.detail);
    case 'LIMITS_REFUSED':
      return isRefusal(value.code) && isText(value.detail);
    case 'NOT_DONE':
      return isNotDone(value.code);
    case 'STATUS_CHANGED':
    case 'LIMITS_CHANGED':
    case 'UNKNOWN':
      return true;
    default:
      return false;
  }
}

export function isRecordedTransaction(value: unknown): value is RecordedTransaction {
  if (!isRecord(value)) return false;
  return (
    isStatus(value.status) &&
    (value.status === 'FAILED'
      ? isRefusal(value.failureCode) && isText(value.failureReason)
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

const isRefusal = isOneOf(refusalCodes);
const isRejectionCode = isOneOf(rejectionCodes);
const isNotDone = isOneOf(notDoneCodes);
const isStatus = isOneOf(transactionStatuses);
