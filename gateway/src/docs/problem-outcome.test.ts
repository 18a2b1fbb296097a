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
  expect(wasDone.startsWith('No.') || wasDone.startsWith('No,')).toBe(
    !['OUTCOME_UNKNOWN', 'INTERNAL', 'IDEMPOTENCY_IN_PROGRESS', 'ANSWER_ARCHIVED'].includes(code),
  );
  if (retryAfterSeconds !== undefined) expect(askAgain).toMatch(/^Yes, .*with the same key/);
});

it('a refusal that is recorded takes a new key, what is not recorded takes none', () => {
  for (const code of codes) {
    const isRecorded = (refusalCodes as readonly string[]).includes(code);
    expect([code, problemOutcome(code).askAgain.includes('a new key')]).toEqual([code, isRecorded]);
  }
});
