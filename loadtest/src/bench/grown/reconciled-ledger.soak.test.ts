import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { createScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { expect, test } from 'vitest';
import { seedOwner } from '../databases.js';
import { makeWallets } from '../make-wallets.js';
import { fundingWalletIds, walletIds } from '../workload.js';
import { fillLedger } from './fill.js';

/** SOAK_PAYMENTS=10000000 is the whole of it. */
const payments = Number(process.env.SOAK_PAYMENTS ?? 1_000_000);
const grownMbMax = 100;
const program = fileURLToPath(import.meta.resolve('@smart-wallet/workers/testing/reconcile-main.js'));

test(`a full reconciliation of ${payments} payments finds nothing, and its memory does not grow with them`, async () => {
  const database = await createScratchDatabase('reconciled');
  try {
    const wallets = walletIds();
    await withClient(database.url, async (client) => {
      await seedOwner(client, fundingWalletIds(64));
      await makeWallets(client, wallets);
    });
    await fillLedger(database.url, { payments, wallets }, () => {});
    const begunMs = performance.now();
    const run = spawn(process.execPath, [program, database.urlAs('wallet_workers'), 'full'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    run.stdout.on('data', (text) => {
      told += text;
    });
    let highestMb = 0;
    const watching = setInterval(async () => {
      const status = await readFile(`/proc/${run.pid}/status`, 'utf8').catch(() => '');
      const kb = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      if (kb !== undefined) highestMb = Number(kb) / 1_024;
    }, 250);
    await once(run, 'exit');
    clearInterval(watching);
    const { rssMbBefore, ...outcome } = JSON.parse(told);
    const grownMb = highestMb - rssMbBefore;
    const seconds = ((performance.now() - begunMs) / 1_000).toFixed(0);
    console.log(`${seconds} s, memory from ${rssMbBefore} MB by ${grownMb.toFixed(0)} MB: ${told}`);
    expect(outcome).toMatchObject({ status: 'CLEAN', findings: [], transactions: payments + wallets.length });
    expect(grownMb).toBeLessThanOrEqual(grownMbMax);
  } finally {
    await database.drop();
  }
}, 7_200_000);
