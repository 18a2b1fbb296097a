import type { OutcomeKind } from './contract/cached-answer.js';
import {
  type Command,
  type CommandResult,
  type NotRecordedResult,
  notRecordedIn0_1,
  type RecordedTransaction,
} from './contract/commands.js';
import type { Digest } from './contract/digest.js';
import { commandSaysTheRest, leanText } from './contract/lean-result.js';
import { keyReusedDetail, type NotDoneCode, type RefusalCode } from './contract/rejection.js';

/** What a command is answered: a `CommandResult` as JSON text, or what the ledger has of it, written as each caller reads it. */
export type Answer = string | LedgerAnswer;

export interface LedgerAnswer {
  readonly kind: CommandOutcome;
  /** None: a change. */
  readonly transactions: readonly RecordedTransaction[];
  /** Of a change of limits. */
  readonly limits?: LimitsOutcome | undefined;
  readonly replayed: boolean;
}

export interface LimitsOutcome {
  /** null: they were changed. */
  readonly refused: { readonly code: RefusalCode; readonly reason: string } | null;
}

/** What a command's key names: a transaction, an atomic batch (by its first transaction), a change of status. */
export type CommandOutcome = Extract<OutcomeKind, 'TRANSACTION' | 'ATOMIC_BATCH' | 'CHANGE'>;

/** What the ledger has under an idempotency key. */
export type RecordedAnswer =
  | {
      kind: CommandOutcome;
      outcomeId: string;
      requestHash: Digest;
      /** None: a change. */
      transactions: readonly RecordedTransaction[];
      limits?: LimitsOutcome | undefined;
    }
  /** Its transactions are in the ledger no more. `requestHash` is null where only they had it. */
  | { kind: 'ARCHIVED'; requestHash: Digest | null }
  /** Something that no command makes: a wallet. */
  | { kind: 'OTHER' };

/** The answer of a command of this kind that is in the ledger with these transactions. */
export function answerOf(
  { kind, limits }: { readonly kind: CommandOutcome; readonly limits?: LimitsOutcome | undefined },
  transactions: readonly RecordedTransaction[],
  replayed: boolean,
): LedgerAnswer {
  return { kind, transactions, limits, replayed };
}

/** A `CommandResult` as JSON. */
export function answerText(answer: Answer): string {
  if (typeof answer === 'string') return answer;
  const { kind, transactions, limits, replayed } = answer;
  switch (kind) {
    case 'TRANSACTION':
      return `{"outcome":"RECORDED","replayed":${replayed},"transaction":${JSON.stringify(transactions[0])}}`;
    case 'ATOMIC_BATCH':
      return `{"outcome":"BATCH_RECORDED","replayed":${replayed},"transactions":${JSON.stringify(transactions)}}`;
    case 'CHANGE':
      if (!limits) return `{"outcome":"STATUS_CHANGED","replayed":${replayed}}`;
      if (!limits.refused) return JSON.stringify({ outcome: 'LIMITS_CHANGED', replayed } satisfies CommandResult);
      return JSON.stringify({
        ...{ outcome: 'LIMITS_REFUSED', replayed, code: limits.refused.code, detail: limits.refused.reason },
      } satisfies CommandResult);
  }
}

/** As JSON, for a gateway that reads lean answers: a `LeanResult` where the command says the rest. */
export function leanAnswerText(answer: Answer, command: Command, partition: number): string {
  if (typeof answer === 'string' || answer.kind !== 'TRANSACTION' || answer.replayed) return answerText(answer);
  const transaction = answer.transactions[0] as RecordedTransaction;
  return commandSaysTheRest(command, partition, transaction) ? leanText(transaction) : answerText(answer);
}

/** The answer to a request whose key is known. Equal hashes are equal requests, of one kind. */
export function replay(known: RecordedAnswer, requestHash: Digest): Answer {
  if (known.kind === 'OTHER') return keyReused;
  if (known.kind === 'ARCHIVED') {
    return known.requestHash === null || known.requestHash === requestHash ? answerArchived : keyReused;
  }
  return known.requestHash === requestHash ? answerOf(known, known.transactions, true) : keyReused;
}

export function rejected(result: Omit<NotRecordedResult, 'outcome'>): string {
  return JSON.stringify({ outcome: notRecordedIn0_1, ...result });
}

export function notDone(code: NotDoneCode): string {
  return JSON.stringify({ outcome: 'NOT_DONE', code } satisfies CommandResult);
}

/** An expiry that an owner made too early, or of a hold that ended otherwise: nobody else hears it. */
export const nothingDue = '{"outcome":"NOTHING_DUE"}';

export const outcomeUnknown: string = JSON.stringify({ outcome: 'UNKNOWN' } satisfies CommandResult);

/** What the same key with another request gets. */
export const keyReused: string = rejected({
  code: 'IDEMPOTENCY_KEY_REUSED',
  detail: keyReusedDetail,
});

const answerArchived: string = rejected({
  code: 'ANSWER_ARCHIVED',
  detail: 'This Idempotency-Key was answered long ago, and its transaction has been archived. Nothing was done again.',
});
