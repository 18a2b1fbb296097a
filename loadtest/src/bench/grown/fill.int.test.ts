import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { createScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { expect, test } from 'vitest';
import { audit } from '../../audit/audit.js';
import { seedOwner } from '../databases.js';
import { makeWallets } from '../make-wallets.js';
import { fundingWalletIds, walletIds } from '../workload.js';
import { busyWallet, fillLedger } from './fill.js';

const wallets = walletIds().slice(0, 300);
/** Every wallet pays in each of twenty rounds, then the busy one gets and pays again, and the last round is broken off. */
const payments = 22 * wallets.length + 123;

test('a filled ledger passes the whole audit, and has as many payments as were asked for', async () => {
  const database = await createScratchDatabase('fill');
  try {
    const sizes = await withClient(database.url, async (client) => {
      await seedOwner(client, fundingWalletIds(64));
      await makeWallets(client, wallets);
      // What a month's index is called, Postgres may choose.
      const indexes = `SELECT regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') AS definition
                         FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`;
      const definitions = async () =>
        (await client.query(indexes)).rows.map(({ definition }) =>
          definition.replace(/ WITH \(fillfactor='?70'?\)/, ''),
        );
      const before = await definitions();
      await fillLedger(database.url, { payments, wallets }, () => {});
      expect(await definitions()).toEqual(before);
      const { rows } = await client.query(
        `SELECT count(*) FILTER (WHERE kind = 'PAYMENT')::int AS payments, count(*) FILTER (WHERE kind = 'DEPOSIT')::int AS deposits,
                count(*) FILTER (WHERE $1 IN (sender_wallet_id, receiver_wallet_id))::int AS busy, max(created_at) < now() AS past
           FROM transactions`,
        [busyWallet],
      );
      return rows[0];
    });
    expect(sizes).toEqual({ payments, deposits: 300, busy: 4 * 300, past: true });
    const report = await audit(database.url);
    expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
    expect(report).toMatchObject({ clean: true, transactions: payments + 300 });
  } finally {
    await database.drop();
  }
});

test('so does one whose last round among wallets is broken off', async () => {
  const few = 700;
  const database = await createScratchDatabase('fill');
  try {
    await withClient(database.url, async (client) => {
      await seedOwner(client, fundingWalletIds(64));
      await makeWallets(client, wallets);
    });
    await fillLedger(database.url, { payments: few, wallets }, () => {});
    const report = await audit(database.url);
    expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
    expect(report.transactions).toBe(few + 300);
  } finally {
    await database.drop();
  }
});
