import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
import { type ProblemCode, problemKind } from '../http/problem-catalogue.js';

/** What a caller wants to know first of any problem. */
export interface ProblemOutcome {
  wasDone: string;
  askAgain: string;
}

/** The key is taken, and not by a refusal of the engine's. */
const keyIsTaken: ProblemOutcome = {
  wasDone: 'No.',
  askAgain: 'Once it is mended, with a new key: this one answers the same again.',
};

const others: Partial<Record<ProblemCode, ProblemOutcome>> = {
  OUTCOME_UNKNOWN: {
    wasDone: 'Perhaps.',
    askAgain: 'Yes, with the same key and body, until the answer is another one.',
  },
  INTERNAL: { wasDone: 'Nobody knows.', askAgain: 'With the same key and body: the answer tells what became of it.' },
  COMMAND_FAULT: { wasDone: 'No.', askAgain: 'No: the answer would be the same.' },
  IDEMPOTENCY_IN_PROGRESS: { wasDone: 'Perhaps, by the first request.', askAgain: 'Yes, with the same key and body.' },
  ANSWER_ARCHIVED: { wasDone: 'Long ago, or refused then; not again.', askAgain: 'No.' },
  ...{ APPROVAL_REJECTED: keyIsTaken, APPROVAL_EXPIRED: keyIsTaken, APPROVAL_STALE: keyIsTaken },
  IDEMPOTENCY_KEY_REUSED: { wasDone: 'No: the key is another request\u2019s.', askAgain: 'With a new key.' },
  APPROVAL_DECIDED: { wasDone: 'No: it was decided before.', askAgain: 'No: read the approval.' },
  DEAD_LETTER_ENDED: { wasDone: 'No: something else was done with it before.', askAgain: 'No: read the list.' },
  WEBHOOK_DELIVERY_ON_ITS_WAY: {
    wasDone: 'No: an attempt is under way.',
    askAgain: 'In half a minute, if that one failed.',
  },
  WEBHOOK_DELIVERY_NOT_WANTED: { wasDone: 'No.', askAgain: 'Once the webhook wants such events again.' },
  WEBHOOK_CHANGED: { wasDone: 'No: somebody was faster.', askAgain: 'With the version that it has now.' },
  REQUEST_TIMEOUT: { wasDone: 'No.', askAgain: 'Yes, with the same key.' },
  ROUTE_NOT_FOUND: { wasDone: 'No, and nothing is recorded.', askAgain: 'No: not at this address.' },
};

export function problemOutcome(code: ProblemCode): ProblemOutcome {
  const other = others[code];
  if (other) return other;
  if ((refusalCodes as readonly string[]).includes(code)) {
    return {
      wasDone: 'No. The refusal is recorded, and answers this key from now on.',
      askAgain: 'Once it is mended, with a new key.',
    };
  }
  if (problemKind(code).retryAfterSeconds !== undefined) {
    return { wasDone: 'No.', askAgain: 'Yes, after Retry-After, with the same key.' };
  }
  return { wasDone: 'No, and nothing is recorded.', askAgain: 'Once it is mended: the key is not used up.' };
}
