import { expect, it } from 'vitest';
import { ProblemError } from './problem.js';

it('a refusal pays for no stack, and takes none from the faults after it', () => {
  const before = Error.stackTraceLimit;
  const refusal = new ProblemError({ code: 'RATE_LIMITED', detail: 'Too many.' });
  expect(refusal.stack).toBe('Error: Too many.');
  expect(Error.stackTraceLimit).toBe(before);
  expect(new Error('a fault').stack).toMatch(/\n {4}at /);
});
