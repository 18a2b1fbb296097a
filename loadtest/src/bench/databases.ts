import { keyDigest, requestHash } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import {
  copyDatabase,
  createScratchDatabase,
  type ScratchDatabase,
} from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import { registerWriter, writeBatch } from '../ledger/batch-writer.js';
import type { LedgerTransaction } from '../ledger/ledger-batch.js';
import { createPlanTables } from './plan-tables.js';
import { createRawTables } from './raw-tables.js';
import { currency, fundingWalletIds, seedAmount, walletIds } from './workload.js';

export type BenchTables = 'product' | 'raw' | 'plan';

const depositsPerBatch = 1_000;
const caller = 'bench-seed';
const deposit = {
  kind: 'DEPOSIT' as const,
  senderWalletId: null,
  amount: seedAmount.toString(),
  currency,
  reference: null,
  description: null,
  metadata: null,
};

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
  onProgress('seeding the wallets, by deposits');
  await withClient(product.url, seedProduct);
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

/** Money enters by real deposits, so that the ledger is whole from its first entry. */
async function seedProduct(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT count(*)::int AS count FROM partitions');
  const partitionCount: number = rows[0].count;
  const wallets = walletIds();
  const funding = fundingWalletIds(partitionCount);
  for (const [partition, id] of funding.entries())
    await client.query('SELECT ensure_funding_wallet($1, $2, $3)', [id, currency, partition]);
  const writer = await registerWriter(client, 'bench-seed', [...funding.keys()]);
  for (let i = 0; i < wallets.length; i += depositsPerBatch) {
    const some = wallets.slice(i, i + depositsPerBatch);
    await client.query(
      `SELECT create_wallet(wallet_id, NULL, $2, 'ACTIVE', NULL, NULL) FROM unnest($1::uuid[]) AS wallet_id`,
      [some, currency],
    );
    const deposits = some.map((wallet): LedgerTransaction => {
      const partition = partitionOf(wallet, partitionCount);
      const idempotencyKey = `seed-${wallet}`;
      return {
        kind: 'DEPOSIT',
        caller,
        idempotencyKey,
        keyDigest: keyDigest(caller, idempotencyKey),
        requestHash: requestHash({ ...deposit, receiverWalletId: wallet }),
        senderWalletId: funding[partition] as string,
        receiverWalletId: wallet,
        amount: seedAmount,
        currency,
        partition,
        initiatedAtMs: Date.now(),
      };
    });
    await writeBatch(client, writer, deposits);
  }
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
