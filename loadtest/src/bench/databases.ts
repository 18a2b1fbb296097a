import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import {
  copyDatabase,
  createScratchDatabase,
  type ScratchDatabase,
} from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import { registerWriter } from '../ledger/batch-writer.js';
import { fillLedger } from './grown/fill.js';
import { makeWallets } from './make-wallets.js';
import { createPlanTables } from './plan-tables.js';
import { createRawTables } from './raw-tables.js';
import { currency, fundingWalletIds, walletIds } from './workload.js';

export type BenchTables = 'product' | 'raw' | 'plan';

/** Seeded databases to copy for every measurement, so that each starts from the same state. */
export interface Templates {
  /** A fresh copy. */
  clone(tables: BenchTables): Promise<ScratchDatabase>;
}

export async function makeTemplates(
  adminUrl: string,
  needed: readonly string[],
  onProgress: (message: string) => void,
): Promise<Templates> {
  const product = await createScratchDatabase('bench_product', adminUrl);
  onProgress('seeding the wallets, with deposits');
  await withClient(product.url, async (client) => {
    await seedOwner(client, fundingWalletIds(await partitionCountOf(client)));
    await makeWallets(client, walletIds());
  });
  // Money enters by deposits, so that the ledger is whole from its first entry.
  await fillLedger(product.url, { payments: 0, wallets: walletIds() }, () => {});
  onProgress("copying them for the other cases' tables");
  const templates: Partial<Record<BenchTables, ScratchDatabase>> = { product };
  for (const [tables, create] of [
    ['raw', createRawTables],
    ['plan', createPlanTables],
  ] as const) {
    if (!needed.includes(tables)) continue;
    const copy = await copyDatabase(product, `bench_${tables}`, adminUrl);
    await withClient(copy.url, async (client) => {
      await create(client);
      await client.query('TRUNCATE transactions, idempotency_keys, ledger_batches');
    });
    templates[tables] = copy;
  }
  onProgress('analyzing all of them');
  // All tables of all cases start analyzed.
  for (const { url } of Object.values(templates)) {
    await withClient(url, (client) => client.query('VACUUM (FREEZE, ANALYZE)'));
  }
  await withClient(adminUrl, (client) => client.query('CHECKPOINT'));
  return {
    clone(tables) {
      const template = templates[tables];
      if (!template) throw new Error(`no case that was asked for uses ${tables} tables`);
      return copyDatabase(template, `run_${tables}`, adminUrl);
    },
  };
}

async function partitionCountOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query('SELECT count(*)::int AS count FROM partitions');
  return rows[0].count;
}

/** One engine that owns all partitions, and their funding wallets. */
export async function seedOwner(client: pg.Client, funding: readonly string[]): Promise<void> {
  for (const [partition, id] of funding.entries())
    await client.query('SELECT ensure_funding_wallet($1, $2, $3)', [id, currency, partition]);
  await registerWriter(client, 'bench-seed', [...funding.keys()]);
}

/** Throws unless what this role commits is on disk before it is told so. */
export async function assertDurable(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const setting of ['synchronous_commit', 'fsync', 'full_page_writes']) {
      const { rows } = await client.query(`SHOW ${setting}`);
      if (rows[0][setting] !== 'on')
        throw new Error(`${setting} is ${rows[0][setting]} for ${new URL(url).username}: nothing measured would count`);
    }
  });
}
