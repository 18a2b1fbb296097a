import { isProblem } from '../problem.js';
import type { Answer, Attempt } from './attempt.js';
import { retryAfterMs } from './retry-after.js';

/**
 * What an attempt means for asking again. `mayBeDone`: the platform may have done what was asked, or may still do it. Only
 * the platform's own word says that it did nothing: a 503 that somebody else wrote on its way says little.
 */
export type Verdict =
  | { readonly kind: 'FINAL' }
  | { readonly kind: 'REFRESH_TOKEN' }
  | { readonly kind: 'AGAIN'; readonly mayBeDone: boolean; readonly afterMs: number; readonly reason: string };

/** @param reads whether a good answer is what it should be: a body that lost its end or its meaning is not. */
export function judge(attempt: Attempt, reads: (answer: Answer) => boolean): Verdict {
  if (attempt.kind === 'STREAM') return { kind: 'FINAL' };
  if (attempt.kind === 'LOST') return again(attempt.sent, 0, 'NO_ANSWER');
  const { answer } = attempt;
  const { status } = answer;
  const problem = isProblem(answer.body) ? answer.body : null;
  if (status >= 200 && status < 300) return reads(answer) ? { kind: 'FINAL' } : again(true, 0, 'UNREADABLE_ANSWER');
  const afterMs = retryAfterMs(answer.headers);
  const reason = problem?.code ?? `HTTP_${status}`;
  if (status === 401) return { kind: 'REFRESH_TOKEN' };
  if (problem?.code === 'COMMAND_FAULT') return { kind: 'FINAL' };
  if (status === 429 || status === 503 || status === 408) return again(problem === null, afterMs, reason);
  if (status >= 500 || problem?.code === 'IDEMPOTENCY_IN_PROGRESS') return again(true, afterMs, reason);
  // A redirect, or what a broken proxy says.
  if (status < 400) return again(true, afterMs, reason);
  return { kind: 'FINAL' };
}

function again(mayBeDone: boolean, afterMs: number, reason: string): Verdict {
  return { kind: 'AGAIN', mayBeDone, afterMs, reason };
}
