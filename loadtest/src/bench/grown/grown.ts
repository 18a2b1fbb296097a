import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import type { ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { makeTemplates } from '../databases.js';
import { Histogram } from '../histogram.js';
import { measure } from '../measure.js';
import type { Measurement } from '../measurement.js';
import { startDriven } from '../on-platform.js';
import { type Driven, productOrder, warmUp } from '../product.js';
import { runDriver } from '../run-driver.js';
import { walletIds } from '../workload.js';
import { busyWallet, type Filled, fillLedger } from './fill.js';
import { assertRoom, estimateText, fillEstimate } from './fill-estimate.js';
import { auditGrown } from './grown-audit.js';
import { type ReadName, readNames } from './reads.js';
import { type StorageUse, storageEach, storageUse } from './storage-cost.js';

export interface GrownOptions {
  payments: number;
  pairs: number;
  measureMs: number;
  warmUpMs: number;
}

export const ledgers = ['grown', 'empty'] as const;
export type Ledger = (typeof ledgers)[number];

export interface GrownMeasurement extends Measurement {
  /** Of each payment. */
  storage: StorageUse;
}
export type GrownPair = Record<Ledger, GrownMeasurement>;

export interface ReadFigures {
  read: ReadName;
  pages: number;
  pagesPerSecond: number;
  p50Ms: number;
  /** Infinite where a page failed. */
  p99Ms: number;
}

export interface GrownResult {
  payments: number;
  fillSeconds: number;
  bytes: number;
  pairs: GrownPair[];
  reads: ReadFigures[];
  booksBalance: boolean;
}

const runs = [
  { case: 'http', connections: 64 },
  { case: 'httpBatch', connections: 8 },
] as const;
const readConnections = 2;

type Progress = (message: string) => void;
interface Side {
  platform: Driven & { stop(): Promise<void> };
  database: ScratchDatabase;
  measured: Measurement[];
}

/** An empty ledger and one with a past, each with its own platform on the same servers, measured by turns. */
export async function benchGrown(options: GrownOptions, progress: Progress): Promise<GrownResult> {
  progress('starting the servers');
  const stack = await startStack({ env: envWithoutServers() });
  try {
    const estimate = fillEstimate(options.payments);
    assertRoom(stack.dataDir, estimate);
    const templates = await makeTemplates(stack.databaseUrl, [], progress);
    await stack.setRolePasswords();
    const databases = { grown: await templates.clone('product'), empty: await templates.clone('product') };
    progress(`filling a ledger with ${options.payments.toLocaleString('en')} payments: ${estimateText(estimate)}`);
    const startedAt = performance.now();
    const filled = await fillLedger(
      databases.grown.url,
      { payments: options.payments, wallets: walletIds() },
      progress,
    );
    // As a ledger is that has grown for long: nothing of the past is left to do while payments are measured.
    progress('vacuuming and analyzing');
    await withClient(databases.grown.url, (client) => client.query('VACUUM (FREEZE, ANALYZE)'));
    const fillSeconds = (performance.now() - startedAt) / 1_000;
    const bytes = await sizeOf(databases.grown.url);
    progress(`filled in ${fillSeconds.toFixed(0)} s: ${(bytes / 1e9).toFixed(2)} GB`);
    const sides = await startBoth(stack, databases);
    const result: GrownResult = {
      ...{ payments: options.payments, fillSeconds, bytes },
      pairs: [],
      reads: [],
      booksBalance: false,
    };
    try {
      // What filling left to write would be written while payments are measured.
      await withClient(stack.databaseUrl, (client) => client.query('CHECKPOINT'));
      for (const ledger of ledgers) {
        const order = { workload: 'uniform', measureMs: options.warmUpMs } as const;
        sides[ledger].measured.push(
          ...(await warmUp(sides[ledger].platform, new Set(['http', 'httpBatch']), order, progress)),
        );
      }
      for (let pair = 0; pair < options.pairs; pair++)
        result.pairs.push(...(await measurePairs(sides, pair, options, progress)));
      for (const read of readNames)
        result.reads.push(await measureReads(sides.grown.platform, read, filled, options.measureMs, progress));
    } finally {
      await Promise.all(ledgers.map((ledger) => sides[ledger].platform.stop()));
    }
    progress('auditing the books of both');
    const { grown, empty } = sides;
    const audits = [
      await auditGrown(grown.database.url, grown.measured, options.payments, progress),
      await auditGrown(empty.database.url, empty.measured, 0, progress),
    ];
    result.booksBalance = audits.every(Boolean);
    return result;
  } finally {
    await stack.stop();
  }
}

async function startBoth(stack: Stack, databases: Record<Ledger, ScratchDatabase>): Promise<Record<Ledger, Side>> {
  const start = async (ledger: Ledger): Promise<Side> => ({
    platform: await startDriven(stack, databases[ledger].url),
    database: databases[ledger],
    measured: [],
  });
  const grown = await start('grown');
  try {
    return { grown, empty: await start('empty') };
  } catch (error) {
    await grown.platform.stop();
    throw error;
  }
}

async function measurePairs(
  sides: Record<Ledger, Side>,
  number: number,
  options: GrownOptions,
  progress: Progress,
): Promise<GrownPair[]> {
  const pairs: GrownPair[] = [];
  for (const run of runs) {
    const pair = {} as GrownPair;
    for (const ledger of number % 2 === 0 ? ledgers : ledgers.toReversed()) {
      const { platform, measured } = sides[ledger];
      const order = productOrder(platform, run, 'uniform', options.measureMs);
      const before = await storageUse(platform.databaseUrl);
      const told = (message: string) => progress(`pair ${number + 1} of ${options.pairs}, ${ledger} ${message}`);
      const measurement = await measure(order, told);
      const storage = storageEach(before, await storageUse(platform.databaseUrl), measurement.acknowledged);
      measured.push(measurement);
      pair[ledger] = { ...measurement, storage };
    }
    pairs.push(pair);
  }
  return pairs;
}

async function measureReads(
  { gatewayUrl: url, token }: Driven,
  read: ReadName,
  { firstMs, lastMs }: Filled,
  measureMs: number,
  progress: Progress,
): Promise<ReadFigures> {
  const ledger = { wallets: walletIds(), busyWallet, firstMs, lastMs };
  const http = { target: 'reads', url, token, connections: readConnections } as const;
  const result = await runDriver({ ...http, read, ledger, workload: 'uniform', warmUpMs: measureMs / 2, measureMs });
  const latency = Histogram.from(result.latency);
  const figures = {
    read,
    pages: result.answers,
    pagesPerSecond: Math.round(result.answers / result.seconds),
    p50Ms: latency.percentileMs(0.5),
    p99Ms: result.failures > 0 ? Number.POSITIVE_INFINITY : latency.percentileMs(0.99),
  };
  if (result.failures > 0) progress(`  ${result.failures} pages failed, the first: ${result.firstFailure}`);
  progress(`${read}: ${figures.pages} pages, p50 ${figures.p50Ms.toFixed(1)} ms, p99 ${figures.p99Ms.toFixed(1)} ms`);
  return figures;
}

async function sizeOf(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query('SELECT pg_database_size(current_database())::float8 AS bytes');
    return rows[0].bytes;
  });
}
