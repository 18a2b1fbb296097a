import type { Answer } from './call/attempt.js';
import { type Delivery, undelivered } from './call/delivery.js';
import { isProblem, type Problem } from './problem.js';
import { WalletFault } from './wallet-fault.js';

/**
 * What became of something that was asked for under a key. To be looked at: only `DONE` is done.
 *
 * - `DONE`: committed.
 * - `REFUSED`: by a rule, for good: nothing was done. With a `transactionId` in its problem it is recorded under the key.
 * - `PENDING`: somebody else must approve it first. Ask again with the same key and body to learn what became of it.
 * - `NOT_DONE`: for certain, as far as these attempts go; the platform was too busy or out of reach.
 * - `UNKNOWN`: it may have been done, or may still be. Ask again with the same key and body, or `settle(key)`. With another
 *   key it might be done twice.
 */
export type Outcome<Made> =
  | { readonly kind: 'DONE'; readonly key: string; readonly value: Made; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly key: string; readonly problem: Problem; readonly replayed: boolean }
  | { readonly kind: 'PENDING'; readonly key: string; readonly approval: PendingApproval }
  | { readonly kind: 'NOT_DONE'; readonly key: string; readonly problem: Problem | null; readonly cause?: unknown }
  | { readonly kind: 'UNKNOWN'; readonly key: string; readonly problem: Problem | null; readonly cause?: unknown };

/** What was asked for, as those see it who may approve it. */
export interface PendingApproval {
  readonly approvalId: string;
  readonly status: string;
  readonly [name: string]: unknown;
}

export function outcomeOf<Made>(delivery: Delivery, key: string): Outcome<Made> {
  const { endedBy, last, mayBeDone, cause } = delivery;
  const problem = problemIn(last);
  if (endedBy !== 'ANSWER' || last === null) {
    // Without a token there is nothing to wait for: it is the caller's to mend, unless something was sent before.
    if (endedBy === 'TOKEN' && !mayBeDone) throw undelivered(delivery);
    return { kind: mayBeDone ? 'UNKNOWN' : 'NOT_DONE', key, problem, ...(cause !== undefined && { cause }) };
  }
  const replayed = last.headers.get('idempotency-replayed') === 'true';
  if (last.status === 202) return { kind: 'PENDING', key, approval: last.body as unknown as PendingApproval };
  if (problem === null && last.status < 300) return { kind: 'DONE', key, value: last.body as Made, replayed };
  if (problem && isOfTheKey(problem)) return { kind: 'REFUSED', key, problem, replayed };
  // It speaks of the last attempt: an earlier one may yet be done.
  if (mayBeDone || problem?.code === 'ANSWER_ARCHIVED') return { kind: 'UNKNOWN', key, problem };
  if (problem && isRefusal(problem)) return { kind: 'REFUSED', key, problem, replayed };
  throw faultOf(last);
}

/** Recorded under the key, so it is what became of every attempt. */
function isOfTheKey({ transactionId, results, code }: Problem): boolean {
  const isRecorded = transactionId !== undefined || results?.some(({ problem }) => problem.transactionId !== undefined);
  return isRecorded === true || decidedApprovals.includes(code);
}

const decidedApprovals: readonly string[] = ['APPROVAL_REJECTED', 'APPROVAL_EXPIRED', 'APPROVAL_STALE'];

/** By a rule of business or the state of things, as against a caller's mistake in writing the request. */
export function isRefusal({ status, code }: Problem): boolean {
  return [404, 409, 422].includes(status) && !['ROUTE_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED'].includes(code);
}

export function faultOf(answer: Answer): WalletFault {
  const { status } = answer;
  const problem = problemIn(answer);
  if (problem === null) {
    return new WalletFault(`the answer ${status} is not the platform’s: is baseUrl right?`, { status });
  }
  // The platform's detail names them, up to a length.
  const unsaid = problem.errors?.filter(({ message }) => !problem.detail.includes(message)) ?? [];
  const fields = unsaid.map(({ field, message }) => `${field} ${message}`);
  return new WalletFault([`${problem.code}: ${problem.detail}`, ...fields].join('; '), { problem, status });
}

export function problemIn(answer: Answer | null): Problem | null {
  return answer && isProblem(answer.body) && answer.status >= 400 ? answer.body : null;
}
