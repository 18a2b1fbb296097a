import { readOnlyCode } from '@smart-wallet/engine/contract/standby.js';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction, openDatabase } from './database.js';
import { connectToLedger } from './reconciliation/ledger-connection.js';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase('standby');
});
afterAll(async () => {
  await scratch?.drop();
});

it('workers neither read from a standby nor write to it, and go on when the address leads to the primary', async () => {
  const { admin, name } = scratch;
  await admin.query(`
    CREATE SCHEMA standby;
    GRANT USAGE ON SCHEMA standby TO wallet_workers;
    CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER ROLE wallet_workers IN DATABASE ${name} SET search_path = standby, pg_catalog, public;`);
  const url = scratch.urlAs('wallet_workers');
  const database = openDatabase({ url, connectionsMax: 2 }, pino({ level: 'silent' }));
  const count = () => inTransaction(database, (client) => client.query('SELECT count(*) FROM partitions'));
  await expect(count()).rejects.toMatchObject({ code: readOnlyCode });
  await expect(connectToLedger(url)).rejects.toMatchObject({ code: readOnlyCode });

  await admin.query(`ALTER ROLE wallet_workers IN DATABASE ${name} RESET search_path`);
  expect((await count()).rowCount).toBe(1);
  await (await connectToLedger(url)).end();
  await database.end();
});
