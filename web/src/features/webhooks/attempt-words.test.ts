import { expect, it } from 'vitest';
import { attemptWords } from './attempt-words.js';

it('an attempt is told by what the endpoint answered, or that it did not', () => {
  expect(attemptWords(undefined)).toBe('not tried yet');
  expect(attemptWords({ status: 204, durationMs: 41, error: null })).toBe('answered 204 after 41 ms');
  expect(attemptWords({ status: null, durationMs: 15_000, error: 'timed out' })).toBe(
    'no answer after 15 s: timed out',
  );
});
