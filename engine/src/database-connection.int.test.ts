import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOnlyCode } from './contract/standby.js';
import { openConnection } from './database-connection.js';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase('standby');
});

afterAll(async () => {
  await scratch?.drop();
});

test('an engine takes no standby for its database: to it, Postgres is away', async () => {
  const { admin, name } = scratch;
  await admin.query(`
    CREATE SCHEMA standby;
    GRANT USAGE ON SCHEMA standby TO wallet_engine;
    CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER ROLE wallet_engine IN DATABASE ${name} SET search_path = standby, pg_catalog, public;`);
  const open = () => openConnection(scratch.urlAs('wallet_engine'), 'engine-1', () => {});
  await expect(open()).rejects.toMatchObject({ code: readOnlyCode });

  await admin.query(`ALTER ROLE wallet_engine IN DATABASE ${name} RESET search_path`);
  await (await open()).end();
});
