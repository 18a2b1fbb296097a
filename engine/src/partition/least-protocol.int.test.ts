import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ownProtocol } from './protocols.js';

let scratch: ScratchDatabase;
let older: pg.Client;
let newer: pg.Client;

beforeAll(async () => {
  scratch = await createScratchDatabase('protocols');
});
afterAll(() => scratch?.drop());
beforeEach(async () => {
  [older, newer] = await Promise.all([connected(), connected()]);
  await scratch.admin.query('UPDATE least_protocol SET protocol = 1');
  await scratch.admin.query('UPDATE partitions SET worker_id = NULL');
});
afterEach(async () => {
  await Promise.all([older.end(), newer.end()]);
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client(scratch.urlAs('wallet_engine'));
  await client.connect();
  return client;
}

/** An engine as it registers itself: of before with `register_worker_v2`. */
async function registered(client: pg.Client, register: string): Promise<string> {
  const id = uuidv7();
  await client.query(`SELECT ${register}($1, 'test')`, [id]);
  return id;
}

const takeOver = (client: pg.Client, id: string, partitions = '{3,4}') =>
  client.query('SELECT * FROM take_over($1, $2)', [id, partitions]);
const raise = async (): Promise<boolean> =>
  (await newer.query('SELECT raise_least_protocol($1) AS raised', [ownProtocol])).rows[0].raised;

/** Resolves when a session waits for another one's lock. */
async function somebodyWaits(): Promise<void> {
  const count = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await scratch.admin.query(count)).rows[0].n, { interval: 5 }).toBe(1);
}

test('does not rise while an engine of before owns a partition, and then such an engine takes over nothing', async () => {
  const [old, own] = [await registered(older, 'register_worker_v2'), await registered(newer, 'register_worker_v5')];
  await takeOver(older, old);
  await takeOver(newer, own, '{3}');
  expect(await raise()).toBe(false);
  await takeOver(newer, own, '{4}');
  expect([await raise(), await raise()]).toEqual([true, true]);
  await expect(takeOver(older, old)).rejects.toMatchObject({ code: 'SW008' });
  expect((await takeOver(newer, own)).rows).toHaveLength(2);
});

test('an engine that knows no scopes keeps it from rising, and takes over nothing once it has', async () => {
  const [old, own] = [await registered(older, 'register_worker_v4'), await registered(newer, 'register_worker_v5')];
  await takeOver(older, old);
  expect(await raise()).toBe(false);
  await takeOver(newer, own);
  expect(await raise()).toBe(true);
  await expect(takeOver(older, old)).rejects.toMatchObject({ code: 'SW008' });
});

test('waits for a takeover under way, and sees it', async () => {
  const old = await registered(older, 'register_worker_v2');
  await older.query('BEGIN');
  await takeOver(older, old);
  const raising = raise();
  await somebodyWaits();
  await older.query('COMMIT');
  expect(await raising).toBe(false);
});

test('a takeover of an engine of before that comes while it rises is refused', async () => {
  const old = await registered(older, 'register_worker_v2');
  await newer.query('BEGIN');
  expect(await raise()).toBe(true);
  const taking = takeOver(older, old);
  taking.catch(() => {});
  await somebodyWaits();
  await newer.query('COMMIT');
  await expect(taking).rejects.toMatchObject({ code: 'SW008' });
});
