import { describe, expect, it } from 'vitest';
import { headerIdempotencyKey } from './idempotency-key.js';
import { ProblemError } from './problem.js';

function ruleOf(header: string): string | undefined {
  try {
    headerIdempotencyKey(header);
  } catch (error) {
    return (error as ProblemError).problem.errors?.[0]?.rule;
  }
  return undefined;
}

describe('the Idempotency-Key header', () => {
  it.each([
    ['k', 'k'],
    ['"k"', 'k'],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [String.raw`"say \"hi\""`.replace(' ', '_'), 'say_"hi"'],
    [String.raw`"a\\b"`, String.raw`a\b`],
    // Bare, every visible character stands for itself.
    [String.raw`a\b`, String.raw`a\b`],
    ['a"b"', 'a"b"'],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
  ])('%s is the key %s', (header, key) => {
    expect(headerIdempotencyKey(header)).toBe(key);
  });

  it.each([
    ['"k', 'FORMAT'],
    ['"', 'FORMAT'],
    ['"k"x', 'FORMAT'],
    ['"k";a=1', 'FORMAT'],
    ['"a", "b"', 'FORMAT'],
    ['"a"b"', 'FORMAT'],
    [String.raw`"a\b"`, 'FORMAT'],
    [String.raw`"a\"`, 'FORMAT'],
    ['"schl\u00fcssel"', 'FORMAT'],
    ['""', 'TOO_SHORT'],
    ['"a b"', 'CHARACTERS'],
    [`"${'k'.repeat(256)}"`, 'TOO_LONG'],
  ])('%s is refused: %s', (header, rule) => {
    expect(ruleOf(header)).toBe(rule);
  });
});
