import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { batchOf, writeBatch } from '../testing/ledger-rows.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { FinalTime } from './final-time.js';

const waitMs = 20_000;

let scratch: Scratch;
let gateway: pg.Pool;

beforeAll(async () => {
  scratch = await openScratch();
  gateway = new pg.Pool({ connectionString: scratch.database.urlAs('wallet_gateway'), max: 2 });
});
afterAll(async () => {
  await gateway?.end();
  await scratch?.database.drop();
});

it('what was committed before the question is final soon, and asking for it again costs nothing', async () => {
  const atMs = await writeBatch(scratch.database.admin, batchOf(1));
  const finalTime = new FinalTime(gateway);
  const reached = await finalTime.reach(null, waitMs);
  expect(reached).toBeGreaterThan(atMs);
  const queries = vi.spyOn(gateway, 'query');
  expect(await finalTime.reach(atMs, waitMs)).toBe(reached);
  expect(queries).not.toHaveBeenCalled();
  queries.mockRestore();
});

it('an instant to come is not final, and not waited for', async () => {
  const wantedMs = Date.now() + 3_600_000;
  const begunMs = performance.now();
  expect(await new FinalTime(gateway).reach(wantedMs, waitMs)).toBeLessThan(wantedMs);
  expect(performance.now() - begunMs).toBeLessThan(waitMs / 2);
});

it('nothing is final that a call under way may still add to', async () => {
  const client = await scratch.database.admin.connect();
  await client.query('BEGIN');
  const atMs = await writeBatch(client, batchOf(1));
  const finalTime = new FinalTime(gateway);
  expect(await finalTime.reach(null, 100)).toBeLessThanOrEqual(atMs);
  await client.query('COMMIT');
  client.release();
  expect(await finalTime.reach(null, waitMs)).toBeGreaterThan(atMs);
});
