import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import type pg from 'pg';
import { registerWriter } from '../../ledger/batch-writer.js';
import { makeTemplates } from '../databases.js';
import { median } from '../spread.js';
import { type CommitCost, commitKeys, commitPayments, costOf } from './commit-cost.js';
import { type KeyTable, loadKeys } from './load-keys.js';

export interface KeyBenchOptions {
  /** How many million keys there are, ascending. */
  millions: number[];
  rounds: number;
}

/** What a commit costs beside so many keys, right after a checkpoint: the median of the rounds. */
export interface KeyCost {
  millions: number;
  table: KeyTable;
  /** Of pages that are written whole; as `wal_compression` is named. */
  compression: string;
  payment: CommitCost;
  /** The key's row and index entry alone. */
  key: CommitCost;
}

/**
 * What `idempotency_keys` costs as it grows. Keys are random, so each one lands on a page of the index that, the larger the
 * index, the less likely was touched since the last checkpoint; the first touch writes the whole page to the log.
 */
export async function benchKeys(
  { millions, rounds }: KeyBenchOptions,
  progress: (message: string) => void,
): Promise<KeyCost[]> {
  progress('starting the servers');
  const stack = await startStack({ env: envWithoutServers() });
  try {
    const templates = await makeTemplates(stack.databaseUrl, [], progress);
    const database = await templates.clone('product');
    // What it does beside would be counted in.
    await withClient(stack.databaseUrl, async (client) => {
      await client.query('ALTER SYSTEM SET autovacuum = off');
      await client.query('SELECT pg_reload_conf()');
    });
    return await withClient(database.url, async (client) => {
      const costs: KeyCost[] = [];
      for (const million of millions) {
        const table = await loadKeys(client, million * 1_000_000, progress);
        for (const cost of await measureBeside(client, rounds, progress))
          costs.push({ millions: million, table, ...cost });
      }
      return costs;
    });
  } finally {
    await stack.stop();
  }
}

type Measured = Pick<KeyCost, 'compression' | 'payment' | 'key'>;

async function measureBeside(
  client: pg.Client,
  rounds: number,
  progress: (message: string) => void,
): Promise<Measured[]> {
  const { rows } = await client.query('SELECT count(*)::int AS count FROM partitions');
  const partitionCount: number = rows[0].count;
  const writer = await registerWriter(client, 'bench-keys', [...Array(partitionCount).keys()]);
  const compressions = await compressionsOf(client);
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    // Turned round by round, so that none always follows the same other.
    for (const compression of round % 2 === 0 ? compressions : compressions.toReversed()) {
      await client.query(`SET wal_compression = ${compression}`);
      const payment = await costOf(client, () => commitPayments(client, writer, partitionCount));
      const key = await costOf(client, () => commitKeys(client));
      measured.push({ compression, payment, key });
      progress(
        `wal_compression ${compression}: a payment ${payment.micros.toFixed(0)} µs and ${payment.walBytes.toFixed(0)} bytes of log, ` +
          `a key alone ${key.micros.toFixed(0)} µs and ${key.walBytes.toFixed(0)} bytes`,
      );
    }
  }
  return compressions.map((compression) => {
    const own = measured.filter((each) => each.compression === compression);
    return {
      compression,
      payment: medianCost(own.map((each) => each.payment)),
      key: medianCost(own.map((each) => each.key)),
    };
  });
}

/** Of those that this server was built with. */
async function compressionsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT enumvals::text[] AS names FROM pg_settings WHERE name = 'wal_compression'`,
  );
  return ['off', 'pglz', 'lz4'].filter((name) => rows[0].names.includes(name));
}

function medianCost(costs: CommitCost[]): CommitCost {
  return {
    micros: median(costs.map((cost) => cost.micros)),
    walBytes: median(costs.map((cost) => cost.walBytes)),
    pagesWhole: median(costs.map((cost) => cost.pagesWhole)),
  };
}
