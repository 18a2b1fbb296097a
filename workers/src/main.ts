import { setTimeout as sleep } from 'node:timers/promises';
import { connectionAdvice } from '@smart-wallet/engine/contract/connection-failure.js';
import { redactedText } from '@smart-wallet/engine/contract/redacted.js';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Publisher } from './broker/publisher.js';
import { openQueueBook } from './broker/queue-book.js';
import { BrokerNames } from './broker/topology.js';
import { type Config, readConfig } from './config.js';
import { type Database, openDatabase } from './database.js';
import { HealthServer } from './health/health-server.js';
import { Heartbeat } from './health/heartbeat.js';
import { WorkersReadiness } from './health/readiness.js';
import { openLog } from './log.js';
import { openParts } from './parts.js';

/** What was begun is ended by then; what is not is found again by the next start. */
const stopTimeoutMs = 9_000;
const retryEveryMs = 1_000;
const lookEveryMs = 100;
/** Milliseconds. At the default of 10 watching the event loop takes 4 ms of CPU a second, as much as an idle relay. */
const eventLoopMonitoringPrecision = 100;

async function main(config: Config, log: Logger): Promise<void> {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision });
  const { databaseUrl: url, databaseConnectionsMax: connectionsMax } = config;
  const database = openDatabase({ url, connectionsMax }, log);
  const names = new BrokerNames(config.namespace);
  const publisher = new Publisher(config.amqpUrl, names, log, openQueueBook(database, log));
  const parts = openParts({ config, database, publisher, names, metrics, log });

  const about = { name: config.workerName, parts: parts.map(({ name }) => name) };
  const heartbeat = new Heartbeat(database, about, () => publisher.queues, log);

  const readiness = new WorkersReadiness(parts, publisher);
  const health = new HealthServer(() => readiness.read(), metrics);
  const port = await health.listen(config.healthHost, config.healthPort);
  log.info({ parts: parts.map(({ name }) => name), healthUrl: `http://${config.healthHost}:${port}` }, 'workers start');

  const stop = async (signal: string) => {
    if (readiness.stopping) return;
    readiness.stopping = true;
    log.info({ signal }, 'workers stop: what was begun is ended first');
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    await Promise.allSettled([...readiness.started].map((part) => part.stop()));
    await heartbeat.stop();
    await publisher.close();
    await health.close();
    await database.end();
    log.info('workers stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));

  await publisher.open();
  await untilMigrated(database, url, log);
  heartbeat.start();
  await Promise.all(
    parts.map(async (part) => {
      await part.start();
      readiness.started.add(part);
      log.info({ part: part.name }, 'a part works');
    }),
  );
  while (!readiness.isReady && !readiness.stopping) await sleep(lookEveryMs);
  if (!readiness.stopping) log.info('workers are ready');
}

async function untilMigrated(database: Database, url: string, log: Logger): Promise<void> {
  for (;;) {
    try {
      const { rows } = await database.query('SELECT count(*)::int AS partitions FROM partitions');
      if (rows[0]?.partitions > 0) return;
    } catch (error) {
      const advice = connectionAdvice(error, 'DATABASE_URL', url);
      log.warn({ err: error, advice }, 'cannot read the ledger: is Postgres up and migrated? Trying again');
    }
    await sleep(retryEveryMs);
  }
}

try {
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug ended the workers');
    process.exit(1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a bug ended the workers');
    process.exit(1);
  });
  await main(config, log);
} catch (error) {
  process.stderr.write(`${redactedText(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(2);
}
