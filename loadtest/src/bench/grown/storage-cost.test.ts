import { expect, test } from 'vitest';
import { storageEach } from './storage-cost.js';

test('what storage was used is shared by the payments that were made meanwhile', () => {
  const before = { walBytes: 10_000, pagesWhole: 5, pagesRead: 100 };
  const after = { walBytes: 30_000, pagesWhole: 15, pagesRead: 150 };
  expect(storageEach(before, after, 10)).toEqual({ walBytes: 2_000, pagesWhole: 1, pagesRead: 5 });
});
