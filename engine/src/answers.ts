import {
  type CommandResult,
  type NotRecordedResult,
  notRecordedIn0_1,
  type RecordedTransaction,
} from './contract/commands.js';
import type { Digest } from './contract/digest.js';
import type { NotDoneCode } from './contract/rejection.js';

/** A `CommandResult` as JSON text: written once, sent to every caller that waits and kept for the next one that asks. */
export type AnswerText = string;

/** A recorded transaction as it stands in answers and in the idempotency cache. */
export interface RecordedAnswer {
  requestHash: Digest;
  /** `RecordedTransaction` as JSON text. */
  transactionText: string;
}

export function recordedText(transaction: RecordedTransaction): string {
  return JSON.stringify(transaction);
}

export function recorded(transactionText: string, replayed: boolean): AnswerText {
  return `{"outcome":"RECORDED","replayed":${replayed},"transaction":${transactionText}}`;
}

export function batchRecorded(transactionTexts: readonly string[], replayed: boolean): AnswerText {
  return `{"outcome":"BATCH_RECORDED","replayed":${replayed},"transactions":[${transactionTexts.join(',')}]}`;
}

export function rejected(result: Omit<NotRecordedResult, 'outcome'>): AnswerText {
  return JSON.stringify({ outcome: notRecordedIn0_1, ...result });
}

export function notDone(code: NotDoneCode): AnswerText {
  return answer({ outcome: 'NOT_DONE', code });
}

export const statusChanged: AnswerText = answer({ outcome: 'STATUS_CHANGED' });

/** What the same key with another request gets. */
export const keyReused: AnswerText = rejected({
  code: 'IDEMPOTENCY_KEY_REUSED',
  detail: 'This Idempotency-Key was used for another request. Send a new key with a new request.',
});

function answer(result: CommandResult): AnswerText {
  return JSON.stringify(result);
}
