import { readOnlyCode } from '@smart-wallet/engine/contract/standby.js';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { openDatabase } from './database.js';
import { alongIndexes } from './list-database.js';
import { isUnavailable } from './unavailable.js';

let scratch: Scratch;

beforeAll(async () => {
  scratch = await openScratch();
});
afterAll(async () => {
  await scratch?.database.drop();
});

const open = () => {
  const config = { databaseUrl: scratch.database.urlAs('wallet_gateway'), databaseConnectionsMax: 2 };
  return openDatabase(config, pino({ level: 'silent' }), { atConnect: alongIndexes });
};

it('reads nothing from a standby, which may be old: it is unavailable until the address leads to the primary', async () => {
  const { admin, name } = scratch.database;
  await admin.query(`
    CREATE SCHEMA standby;
    GRANT USAGE ON SCHEMA standby TO wallet_gateway;
    CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER ROLE wallet_gateway IN DATABASE ${name} SET search_path = standby, pg_catalog, public;`);
  const database = open();
  const failure: unknown = await database.query('SELECT id FROM partitions').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: readOnlyCode });
  expect(isUnavailable(failure)).toBe(true);

  // Promoted: the same pool goes on.
  await admin.query(`ALTER ROLE wallet_gateway IN DATABASE ${name} RESET search_path`);
  expect((await database.query('SELECT id FROM partitions')).rowCount).toBeGreaterThan(0);
  expect((await database.query('SHOW enable_seqscan')).rows).toEqual([{ enable_seqscan: 'off' }]);
  await database.end();
});
