import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../database.js';
import { findDueHolds } from './due-holds.js';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
});
afterAll(() => scratch.drop());

async function open(holds: number, partition: number, expires: string): Promise<void> {
  await scratch.admin.query(
    `INSERT INTO holds (hold_id, wallet_id, receiver_wallet_id, partition, currency, amount, expires_at, made_day, created_at, updated_at)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $2, 'EUR', 1, now() + $3::interval + i * interval '1 ms', 0, now(), now()
         FROM generate_series(1, $1) AS i`,
    [holds, partition, expires],
  );
}

test('holds that are not due cost a look nothing, however many are open', async () => {
  await open(20_000, 3, '1 hour');
  await open(5, 3, '-1 hour');
  await open(5, 4, '-2 hours');
  await open(5, 5, '-2 hours');
  await scratch.admin.query('ANALYZE holds');
  let blocks = Number.NaN;
  // As the engine asks, and how Postgres finds it.
  const database = {
    query: async (text: string, values: unknown[]) => {
      const explained = await scratch.admin.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
      const { Plan: plan } = explained.rows[0]['QUERY PLAN'][0];
      blocks = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      return (await scratch.admin.query(text, values)).rows;
    },
  } as unknown as Database;
  const due = await findDueHolds(database, [3, 4], 7);
  expect(due.map(({ partition }) => partition)).toEqual([4, 4, 4, 4, 4, 3, 3]);
  expect(blocks).toBeLessThan(50);
});
