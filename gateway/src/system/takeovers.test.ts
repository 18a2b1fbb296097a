import { expect, it } from 'vitest';
import { grouped, takeoversMax } from './takeovers.js';

const row = (partition: number, second: number, to = 'b', from: string | null = 'a') => ({
  ...{ partition_id: partition, taken_at: new Date(second * 1_000), worker_id: to, worker_name: `engine-${to}` },
  ...{ from_worker_id: from, from_name: from && `engine-${from}` },
});

it('partitions that went from one engine to another together are one takeover', () => {
  const told = grouped([row(3, 10), row(1, 11), row(2, 100), row(7, 10, 'c')]);
  expect(told.map(({ partitions, to }) => [to.name, partitions])).toEqual([
    ['engine-b', [2]],
    ['engine-b', [1, 3]],
    ['engine-c', [7]],
  ]);
});

it('a partition that is taken twice at once is told twice', () => {
  expect(grouped([row(3, 10, 'b', 'b'), row(3, 11, 'b', 'b')])).toHaveLength(2);
});

it('the newest are told, and no more than so many', () => {
  const told = grouped(Array.from({ length: 2 * takeoversMax }, (_, i) => row(i % 64, i * 10)));
  expect(told).toHaveLength(takeoversMax);
  expect(told[0]?.at.getTime()).toBe((2 * takeoversMax - 1) * 10_000);
});
