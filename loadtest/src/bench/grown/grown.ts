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

/** Right after a checkpoint a payment finds its pages outside of Postgres's memory, and logs each whole; later only the rare ones. */
export const moments = ['checkpoint', 'use'] as const;
export type Moment = (typeof moments)[number];
export const momentNames: Record<Moment, string> = { checkpoint: 'after a checkpoint', use: 'in use' };

export interface GrownMeasurement extends Measurement {
  /** Of each payment. */
  storage: StorageUse;
}
export type GrownPair = Record<Ledger, GrownMeasurement> & { moment: Moment };

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
  /** Payments on each ledger between the checkpoint and the pairs in use. */
  settlePayments: number;
  pairs: GrownPair[];
  reads: ReadFigures[];
  booksBalance: boolean;
}

const runs = [
  { case: 'http', connections: 64 },
  { case: 'httpBatch', connections: 8 },
] as const;
const readConnections = 2;
const cases = new Set(['http', 'httpBatch'] as const);

/** What a payment may still read and log whole where a ledger is in use: as many as over an interval of 15 minutes between checkpoints at 1,500/s. */
const settledPages = 0.1;
const settleRoundMs = 10_000;
const settleRoundsMax = 30;

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
      ...{ payments: options.payments, fillSeconds, bytes, settlePayments: 0 },
      pairs: [],
      reads: [],
      booksBalance: false,
    };
    try {
      // What filling left to write would be written while payments are measured.
      await withClient(stack.databaseUrl, (client) => client.query('CHECKPOINT'));
      for (const ledger of ledgers) {
        const order = { workload: 'uniform', measureMs: options.warmUpMs } as const;
        sides[ledger].measured.push(...(await warmUp(sides[ledger].platform, cases, order, progress)));
      }
      for (const moment of moments) {
        if (moment === 'use') result.settlePayments = await settle(sides, progress);
        for (let pair = 0; pair < options.pairs; pair++)
          result.pairs.push(...(await measurePairs(sides, moment, pair, options, progress)));
      }
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

/** Pays on both until what the grown one's payments touch is in memory and logged. Returns how often it paid on the grown one. */
async function settle(sides: Record<Ledger, Side>, progress: Progress): Promise<number> {
  let paid = 0;
  for (let round = 0; round < settleRoundsMax; round++) {
    for (const ledger of ledgers.toReversed()) {
      const { platform, measured } = sides[ledger];
      const before = await storageUse(platform.databaseUrl);
      const order = productOrder(platform, { case: 'httpBatch', connections: 8 }, 'uniform', settleRoundMs);
      const measurement = await measure({ ...order, quiet: true }, progress);
      measured.push(measurement);
      if (ledger === 'empty') continue;
      paid += measurement.acknowledged;
      const each = storageEach(before, await storageUse(platform.databaseUrl), measurement.acknowledged);
      progress(
        `settling, ${paid.toLocaleString('en')} payments: ${each.pagesRead.toFixed(2)} pages read and ${each.pagesWhole.toFixed(2)} logged whole a payment`,
      );
      if (each.pagesRead <= settledPages && each.pagesWhole <= settledPages) return paid;
    }
  }
  return paid;
}

async function measurePairs(
  sides: Record<Ledger, Side>,
  moment: Moment,
  number: number,
  options: GrownOptions,
  progress: Progress,
): Promise<GrownPair[]> {
  const pairs: GrownPair[] = [];
  for (const run of runs) {
    const pair = { moment } as GrownPair;
    for (const ledger of number % 2 === 0 ? ledgers : ledgers.toReversed()) {
      const { platform, measured } = sides[ledger];
      const order = productOrder(platform, run, 'uniform', options.measureMs);
      const before = await storageUse(platform.databaseUrl);
      const told = (message: string) =>
        progress(`${momentNames[moment]}, pair ${number + 1} of ${options.pairs}, ${ledger} ${message}`);
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
