import { expect, test } from 'vitest';
import { CommitFigures } from './commit-figures.js';

const figures = (succeeded: number, failed: number) => ({
  ...{ succeeded, failed, failuresByCode: {}, countByKind: {}, sumByCurrency: {} },
});

test('a batch of nothing but changes of status is no batch of 0 transactions', () => {
  const committed = new CommitFigures();
  for (const batch of [figures(3, 1), figures(0, 0), figures(0, 2)]) committed.count(batch);
  expect(committed.batchSizes.count).toBe(2);
  expect([...committed.byStatus()]).toEqual([
    ['SUCCESS', 3],
    ['FAILED', 3],
  ]);
});
