import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
import { expect, it } from 'vitest';
import { type ProblemCode, problemKind, problemKinds } from '../http/problem-catalogue.js';
import { problemOutcome } from './problem-outcome.js';

const codes = Object.keys(problemKinds) as ProblemCode[];

it.each(codes)('%s is said to be done, or not, as its status says', (code) => {
  const { wasDone, askAgain } = problemOutcome(code);
  const { status, retryAfterSeconds } = problemKind(code);
  // 503 and 429 are certainly not done; 504 may be.
  if (status === 503 || status === 429) expect(wasDone).toBe('No.');
  expect(/^No[.,:]/.test(wasDone)).toBe(
    !['OUTCOME_UNKNOWN', 'INTERNAL', 'IDEMPOTENCY_IN_PROGRESS', 'ANSWER_ARCHIVED'].includes(code),
  );
  if (retryAfterSeconds !== undefined) expect(askAgain).toMatch(/^Yes, .*with the same key/);
});

it('where the key is taken another one is needed, and nowhere else', () => {
  const taken: readonly string[] = [
    ...refusalCodes,
    ...['APPROVAL_REJECTED', 'APPROVAL_EXPIRED', 'APPROVAL_STALE', 'IDEMPOTENCY_KEY_REUSED'],
  ];
  for (const code of codes) {
    expect([code, problemOutcome(code).askAgain.includes('a new key')]).toEqual([code, taken.includes(code)]);
  }
});
