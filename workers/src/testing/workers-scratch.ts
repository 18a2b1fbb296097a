import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { Publisher } from '../broker/publisher.js';
import { openQueueBook } from '../broker/queue-book.js';
import { BrokerNames } from '../broker/topology.js';
import { type Config, readConfig } from '../config.js';
import { type Database, openDatabase } from '../database.js';
import type { Surroundings } from '../parts.js';

/** What a part needs: a database of its own with the newest schema, and names of its own on the tests' RabbitMQ. */
export interface WorkersScratch extends Surroundings {
  /** As the owner of the tables: `scratch.admin` is a pool that may everything. */
  readonly scratch: ScratchDatabase;
  /** The environment of a program of the workers that works on this. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** `env`: further variables of the configuration. */
export async function openWorkersScratch(env: Readonly<Record<string, string>> = {}): Promise<WorkersScratch> {
  const amqpUrl = process.env.TEST_AMQP_URL;
  if (!amqpUrl) throw new Error('TEST_AMQP_URL is not set: run the tests with npm test');
  const scratch = await createScratchDatabase('workers');
  const all = {
    DATABASE_URL: scratch.urlAs('wallet_workers'),
    AMQP_URL: amqpUrl,
    // Nobody listens there.
    SMTP_URL: 'smtp://127.0.0.1:1',
    WALLET_NAMESPACE: scratch.name,
    LOG_LEVEL: 'warn',
    ...env,
  };
  const config: Config = readConfig(all);
  const log: Logger = pino({ level: config.logLevel });
  const database: Database = openDatabase({ url: config.databaseUrl, connectionsMax: 8 }, log);
  const names = new BrokerNames(config.namespace);
  const publisher = new Publisher(config.amqpUrl, names, log, openQueueBook(database, log));
  await publisher.open();
  return {
    ...{ scratch, config, database, names, publisher, log, metrics: new Registry(), env: all },
    async close() {
      await publisher.close();
      await database.end();
      await scratch.drop();
    },
  };
}
