import pg from 'pg';
import { seedOwner } from '../databases.js';
import { makeWallets } from '../make-wallets.js';
import { fundingWalletIds, walletIds } from '../workload.js';
import { fillLedger } from './fill.js';

const partitions = 64;
const walletCount = 1_000;

/** Gives an empty database that is migrated a past of so many payments: `fillLedger`. Answers the wallets that made them. */
export async function fillDatabase(databaseUrl: string, payments: number): Promise<string[]> {
  const wallets = walletIds().slice(0, walletCount);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await seedOwner(client, fundingWalletIds(partitions));
    await makeWallets(client, wallets);
  } finally {
    await client.end();
  }
  await fillLedger(databaseUrl, { payments, wallets }, () => {});
  return wallets;
}
