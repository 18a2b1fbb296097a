import { expect, it } from 'vitest';
import { staleFault } from './stale-fault.js';

const failing = { error: null, failureReason: 'no answer', dataUpdatedAt: 10_000 };

it('what fails to be read anew is stale after five seconds, before the last try has failed', () => {
  expect(staleFault(failing, 15_000)).toBeNull();
  expect(staleFault(failing, 15_001)).toBe('no answer');
});

it('what failed for good is stale at once, and what does not fail never is', () => {
  expect(staleFault({ ...failing, error: 'gone' }, 10_000)).toBe('gone');
  expect(staleFault({ ...failing, failureReason: null }, 99_000)).toBeNull();
});
