import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { formatDecimal } from '@smart-wallet/engine/contract/money.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import pg from 'pg';
import { currency, fundingWalletIds, seedAmount, walletId } from '../workload.js';
import { dropIndexes, makeIndexes } from './fill-indexes.js';
import { fillPlan, type Round } from './fill-plan.js';
import { chainBatches, type FillValues, fillRound, fillTables, fillWallets, finishWallets, named } from './fill-sql.js';

/** Takes part in a tenth of the payments of a large ledger; no payment that is measured is its. */
export const busyWallet = walletId('busy');
const batchSize = 100;
/** 1,000 payments a second. */
const batchMs = 100;
/** What is filled ends this long ago. */
const endedMsAgo = 60_000;
const connectionCount = 2;

export interface Filling {
  payments: number;
  /** All of them take part alike. */
  wallets: string[];
}

/** When the filled payments were made. */
export interface Filled {
  firstMs: number;
  lastMs: number;
}

/**
 * Gives a seeded database a past of that many payments, as if its engine had made them at 1,000 a second: pairs with balances
 * and entry numbers, keys, batches that are sealed and chained, events numbered. The seeded deposits are made anew before them.
 * `npm run audit` finds nothing on it. Only wallets were made later than their entries, which nothing proves wrong.
 */
export async function fillLedger(
  databaseUrl: string,
  { payments, wallets: ids }: Filling,
  progress: (message: string) => void,
): Promise<Filled> {
  const clients = await Promise.all(Array.from({ length: connectionCount }, () => open(databaseUrl)));
  const [client] = clients as [pg.Client];
  try {
    const fixed = await prepare(client, ids);
    const batchCount = Number((await client.query('SELECT max(batch) + 1 AS count FROM fill_wallets')).rows[0].count);
    const wallets = ids.length;
    const rounds = fillPlan(payments, wallets, batchCount);
    const lastMs = Date.now() - endedMsAgo;
    const firstMs = lastMs - rounds.length * batchCount * batchMs;
    const valuesOf = (round: Round): FillValues => ({
      ...fixed,
      ...roundValues(round),
      wallets,
      firstMs,
      batchMs,
      lastMs,
    });

    const indexes = await dropIndexes(client);
    let made = 0;
    await inParallel(clients, rounds, async (each, round) => {
      await each.query(named(fillRound, valuesOf(round)));
      if (round.kind === 'DEPOSITS') return;
      made += round.steps;
      progress(`${made.toLocaleString('en')} of ${payments.toLocaleString('en')} payments are filled in`);
    });
    progress('chaining their batches, and bringing the wallets up to date');
    await client.query('ALTER TABLE fill_batches ADD PRIMARY KEY (seq); ANALYZE fill_batches');
    const latency = [...latencyBoundsMs, 0].map((_, bucket) => (bucket === latencyBucket ? 1 : 0));
    await client.query(chainBatches, [fixed.workerId, currency, latency]);
    await client.query(named(finishWallets, valuesOf(rounds.at(-1) as Round)));
    await client.query(`UPDATE partition_takeovers SET taken_at = to_timestamp($1::bigint / 1000.0)`, [
      firstMs - 1_000,
    ]);
    await client.query('DROP TABLE fill_wallets, fill_batches; DROP FUNCTION fill_merkle');
    await makeIndexes(client, indexes, { isGrown: payments > 0 }, progress);
    return { firstMs, lastMs };
  } finally {
    await Promise.all(clients.map((each) => each.end()));
  }
}

/** Of a payment that takes 3 ms. */
const latencyBucket = latencyBoundsMs.findIndex((bound) => bound > 3);

async function open(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  // What is lost by a crash is filled anew.
  await client.query(
    `SET synchronous_commit = off; SET jit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'`,
  );
  return client;
}

/** An empty ledger of the same wallets and engine. */
async function prepare(client: pg.Client, ids: string[]) {
  const { rows } = await client.query(
    'SELECT worker_id, (SELECT count(*)::int FROM partitions) AS count FROM engine_workers',
  );
  if (rows.length !== 1) throw new Error(`a seeded database has one engine, this one ${rows.length}`);
  const [{ worker_id: workerId, count: partitionCount }] = rows;
  await client.query(fillTables);
  await client.query('TRUNCATE transactions, idempotency_keys, ledger_batches');
  await client.query(`SELECT create_wallet($1, NULL, $2, 'ACTIVE', NULL, NULL)`, [busyWallet, currency]);
  await client.query(fillWallets, [
    ids,
    ids.map((id) => partitionOf(id, partitionCount)),
    fundingWalletIds(partitionCount),
    batchSize,
  ]);
  await client.query('ANALYZE fill_wallets');
  return {
    workerId: workerId as string,
    busyWallet,
    busyPartition: partitionOf(busyWallet, partitionCount),
    seed: formatDecimal(seedAmount),
    caller: 'bench-fill',
    currency,
  };
}

function roundValues({ wallet, busy, amount, ...round }: Round) {
  return {
    ...round,
    amount: formatDecimal(amount),
    walletEntries: wallet.entries,
    walletBalance: formatDecimal(wallet.balance),
    busyEntries: busy.entries,
    busyBalance: formatDecimal(busy.balance),
  };
}

async function inParallel(
  clients: readonly pg.Client[],
  rounds: readonly Round[],
  work: (client: pg.Client, round: Round) => Promise<void>,
): Promise<void> {
  const left = [...rounds];
  await Promise.all(
    clients.map(async (client) => {
      for (let round = left.shift(); round; round = left.shift()) await work(client, round);
    }),
  );
}
