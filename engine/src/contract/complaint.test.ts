import { afterEach, expect, it, vi } from 'vitest';
import { Complaint } from './complaint.js';

afterEach(() => void vi.useRealTimers());

it('says the same once in a while, and something else at once', () => {
  vi.useFakeTimers();
  const complaint = new Complaint();
  expect(['a', 'a', 'b', 'b', 'a'].map((text) => complaint.isNew(text))).toEqual([true, false, true, false, true]);
  vi.advanceTimersByTime(9_000);
  expect(complaint.isNew('a')).toBe(false);
  vi.advanceTimersByTime(2_000);
  expect(complaint.isNew('a')).toBe(true);
});
