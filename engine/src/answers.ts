import type { OutcomeKind } from './contract/cached-answer.js';
import {
  type CommandResult,
  type NotRecordedResult,
  notRecordedIn0_1,
  type RecordedTransaction,
} from './contract/commands.js';
import type { Digest } from './contract/digest.js';
import { keyReusedDetail, type NotDoneCode } from './contract/rejection.js';

/** A `CommandResult` as JSON text: written once, sent to every caller that waits and kept for the next one that asks. */
export type AnswerText = string;

/** What a command's key names: a transaction, an atomic batch (by its first transaction), a change of status. */
export type CommandOutcome = Extract<OutcomeKind, 'TRANSACTION' | 'ATOMIC_BATCH' | 'CHANGE'>;

/** What the ledger has under an idempotency key. */
export type RecordedAnswer =
  | {
      kind: CommandOutcome;
      outcomeId: string;
      requestHash: Digest;
      /** Its transactions, each a `RecordedTransaction` as JSON text. None: a change. */
      transactionTexts: readonly string[];
    }
  /** Its transactions are in the ledger no more. `requestHash` is null where only they had it. */
  | { kind: 'ARCHIVED'; requestHash: Digest | null }
  /** Something that no command makes: a wallet. */
  | { kind: 'OTHER' };

export function recordedText(transaction: RecordedTransaction): string {
  return JSON.stringify(transaction);
}

/** The answer of a command of this kind that is in the ledger with these transactions. */
export function answerOf(kind: CommandOutcome, transactionTexts: readonly string[], replayed: boolean): AnswerText {
  switch (kind) {
    case 'TRANSACTION':
      return `{"outcome":"RECORDED","replayed":${replayed},"transaction":${transactionTexts[0]}}`;
    case 'ATOMIC_BATCH':
      return `{"outcome":"BATCH_RECORDED","replayed":${replayed},"transactions":[${transactionTexts.join(',')}]}`;
    case 'CHANGE':
      return `{"outcome":"STATUS_CHANGED","replayed":${replayed}}`;
  }
}

/** The answer to a request whose key is known. Equal hashes are equal requests, of one kind. */
export function replay(known: RecordedAnswer, requestHash: Digest): AnswerText {
  if (known.kind === 'OTHER') return keyReused;
  if (known.kind === 'ARCHIVED') {
    return known.requestHash === null || known.requestHash === requestHash ? answerArchived : keyReused;
  }
  return known.requestHash === requestHash ? answerOf(known.kind, known.transactionTexts, true) : keyReused;
}

export function rejected(result: Omit<NotRecordedResult, 'outcome'>): AnswerText {
  return JSON.stringify({ outcome: notRecordedIn0_1, ...result });
}

export function notDone(code: NotDoneCode): AnswerText {
  return JSON.stringify({ outcome: 'NOT_DONE', code } satisfies CommandResult);
}

export const outcomeUnknown: AnswerText = JSON.stringify({ outcome: 'UNKNOWN' } satisfies CommandResult);

/** What the same key with another request gets. */
export const keyReused: AnswerText = rejected({
  code: 'IDEMPOTENCY_KEY_REUSED',
  detail: keyReusedDetail,
});

const answerArchived: AnswerText = rejected({
  code: 'ANSWER_ARCHIVED',
  detail: 'This Idempotency-Key was answered long ago, and its transaction has been archived. Nothing was done again.',
});
