import { expect, test } from 'vitest';
import { CommitFigures } from './commit-figures.js';
import { Distribution } from './distribution.js';
import { engineMetrics } from './engine-metrics.js';

const figures = {
  ...{ name: 'engine-1', workerId: 'w-1' },
  transactionsByStatus: () => [['SUCCESS', 3] as [string, number]],
  batchSizes: new Distribution([1, 10]),
  callSeconds: new Distribution([0.01]),
  failedCalls: () => 1,
  fencedCalls: () => 2,
  unknownCalls: () => 0,
  epochs: (): [number, number][] => [[5, 12]],
  standsBy: () => false,
  partitionChanges: () => [['claimed', 4] as [string, number]],
  mailboxDepth: () => 7,
  mailboxBytes: () => 3_000,
  oldestWaitingSeconds: () => 0.25,
  cachedWallets: () => 100,
  cachedAnswers: () => 50,
  databaseSilentSeconds: () => 0.5,
  connected: () => [['redis', false] as [string, boolean]],
};

test('what an engine counts is read at each scrape, once', async () => {
  let epochs: [number, number][] = [[5, 12]];
  let standsBy = false;
  const registry = engineMetrics({ ...figures, epochs: () => epochs, standsBy: () => standsBy });
  const first = await registry.metrics();
  expect(first).toContain('wallet_engine_info{engine="engine-1",worker_id="w-1"} 1');
  expect(first).toContain('wallet_engine_transactions_total{status="SUCCESS"} 3');
  expect(first).toContain('wallet_engine_partition_epoch{partition="5"} 12');
  expect(first).toContain('wallet_engine_connected{server="redis"} 0');
  expect(first).toContain('wallet_engine_active 1');
  expect(first).toContain('wallet_engine_mailbox_commands 7');
  expect(first).toContain('process_resident_memory_bytes');
  epochs = [[6, 1]];
  standsBy = true;
  const second = await registry.metrics();
  expect(second).toContain('wallet_engine_transactions_total{status="SUCCESS"} 3');
  expect(second).not.toContain('partition="5"');
  expect(second).toContain('wallet_engine_active 0');
});

test('a distribution is a Prometheus histogram: each bucket holds those below it too', async () => {
  const batchSizes = new Distribution([1, 10]);
  for (const size of [1, 2, 10, 11]) batchSizes.observe(size);
  const text = await engineMetrics({ ...figures, batchSizes }).metrics();
  expect(text).toContain(
    [
      '# TYPE wallet_engine_batch_transactions histogram',
      'wallet_engine_batch_transactions_bucket{le="1"} 1',
      'wallet_engine_batch_transactions_bucket{le="10"} 3',
      'wallet_engine_batch_transactions_bucket{le="+Inf"} 4',
      'wallet_engine_batch_transactions_sum 24',
      'wallet_engine_batch_transactions_count 4',
    ].join('\n'),
  );
});

test('committed batches are counted by what they hold', () => {
  const committed = new CommitFigures();
  const rest = { failuresByCode: {}, countByKind: {}, sumByCurrency: {} };
  committed.count({ succeeded: 2, failed: 1, ...rest });
  committed.count({ succeeded: 1, failed: 0, ...rest });
  expect([...committed.byStatus()]).toEqual([
    ['SUCCESS', 3],
    ['FAILED', 1],
  ]);
  expect(committed.batchSizes.count).toBe(2);
});
