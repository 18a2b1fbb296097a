import { ProblemError } from '../http/problem.js';

/** Digests, and summaries, that people asked for and that wait: each is a day of the ledger to read. */
export const requestsWaitingMax = 20;
const askAgainSeconds = 30;

export interface RequestOutcome {
  readonly outcome: 'ASKED' | 'WAITS' | 'TOO_MANY' | 'NOT_BEGUN';
  /** Of what waits: also where it was asked for before. */
  readonly id: string | null;
}

export function tooManyWait(what: 'digests' | 'summaries'): ProblemError {
  const detail = `${requestsWaitingMax} ${what} that were asked for wait already: the workers make the oldest first.`;
  return new ProblemError({ code: 'RATE_LIMITED', detail }, { 'retry-after': String(askAgainSeconds) });
}
