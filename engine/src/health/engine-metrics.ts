import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Distribution } from './distribution.js';

/** Milliseconds. At the default of 10 watching the event loop takes 4 ms of CPU a second. */
const eventLoopMonitoringPrecision = 100;

/** What an engine counts about itself: plain numbers, read when somebody scrapes them. Nothing here costs a payment. */
export interface EngineFigures {
  readonly name: string;
  readonly workerId: string;
  readonly transactionsByStatus: () => Iterable<[status: string, count: number]>;
  readonly batchSizes: Distribution;
  /** Seconds of each call of apply_batch_v3, answered or not. */
  readonly callSeconds: Distribution;
  readonly failedCalls: () => number;
  readonly fencedCalls: () => number;
  readonly unknownCalls: () => number;
  /** `[partition, epoch]` of each partition held. */
  readonly epochs: () => Iterable<[partition: number, epoch: number]>;
  /** It should hold none, and waits to take over. */
  readonly standsBy: () => boolean;
  readonly partitionChanges: () => Iterable<[change: string, count: number]>;
  readonly mailboxDepth: () => number;
  readonly mailboxBytes: () => number;
  /** Seconds since the oldest command in the mailboxes was accepted; 0: none waits. */
  readonly oldestWaitingSeconds: () => number;
  readonly cachedWallets: () => number;
  readonly cachedAnswers: () => number;
  readonly databaseSilentSeconds: () => number;
  readonly connected: () => Iterable<[server: string, connected: boolean]>;
}

export function engineMetrics(figures: EngineFigures): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  const gauges = (name: string, help: string, label: string, read: () => Iterable<[string | number, number]>) =>
    new Gauge({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect() {
        this.reset(); // a partition that went must not stay in sight
        for (const [of, value] of read()) this.set({ [label]: of }, value);
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      ...{ name, help, registers: [registry] },
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const counters = (name: string, help: string, label: string, read: () => Iterable<[string, number]>) =>
    new Counter({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect() {
        this.reset();
        for (const [of, count] of read()) this.inc({ [label]: of }, count);
      },
    });

  new Gauge({
    ...{ name: 'wallet_engine_info', help: 'The engine', labelNames: ['engine', 'worker_id'], registers: [registry] },
  }).set({ engine: figures.name, worker_id: figures.workerId }, 1);

  counters(
    'wallet_engine_transactions_total',
    'Transactions committed, by status',
    'status',
    figures.transactionsByStatus,
  );
  histogram(registry, 'wallet_engine_batch_transactions', 'Transactions in a committed batch', figures.batchSizes);
  histogram(
    registry,
    'wallet_engine_call_seconds',
    'Time of a call that commits a batch, answered or not',
    figures.callSeconds,
  );
  counter('wallet_engine_calls_failed_total', 'Calls that did not commit, or may not have', figures.failedCalls);
  counter('wallet_engine_calls_fenced_total', 'Calls refused because a partition had a new owner', figures.fencedCalls);
  counter('wallet_engine_calls_unknown_total', 'Calls whose outcome had to be looked up', figures.unknownCalls);

  gauge('wallet_engine_partitions_held', 'Partitions held', () => [...figures.epochs()].length);
  gauge('wallet_engine_active', 'Whether it should hold partitions; 0: it stands by', () =>
    figures.standsBy() ? 0 : 1,
  );
  gauges('wallet_engine_partition_epoch', 'Epoch of a partition held', 'partition', figures.epochs);
  counters(
    'wallet_engine_partition_changes_total',
    'Partitions claimed, handed over, and lost to another engine',
    'change',
    figures.partitionChanges,
  );

  gauge('wallet_engine_mailbox_commands', 'Payments queued or in flight', figures.mailboxDepth);
  gauge('wallet_engine_mailbox_bytes', 'Bytes of the commands queued or in flight', figures.mailboxBytes);
  gauge(
    'wallet_engine_oldest_waiting_seconds',
    'Age of the oldest command queued or in flight; 0: none',
    figures.oldestWaitingSeconds,
  );
  gauge('wallet_engine_cached_wallets', 'Wallets in memory, at most', figures.cachedWallets);
  gauge('wallet_engine_cached_answers', 'Answers in memory, at most', figures.cachedAnswers);

  gauge('wallet_engine_database_silent_seconds', 'Since Postgres last answered a ping', figures.databaseSilentSeconds);
  gauges('wallet_engine_connected', 'Whether the server is connected', 'server', function* () {
    for (const [server, connected] of figures.connected()) yield [server, connected ? 1 : 0];
  });
  return registry;
}

/** prom-client's own histogram cannot be filled from counts: this one is read from them. */
function histogram(registry: Registry, name: string, help: string, from: Distribution): void {
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    values: [
      ...from.cumulative().map(([le, value]) => ({ metricName: `${name}_bucket`, labels: { le }, value })),
      { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: from.count },
      { metricName: `${name}_sum`, labels: {}, value: from.sum },
      { metricName: `${name}_count`, labels: {}, value: from.count },
    ],
    aggregator: 'sum',
  });
  registry.registerMetric({ name, get } as unknown as Metric);
}
