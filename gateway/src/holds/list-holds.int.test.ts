import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCursor } from '../http/cursor.js';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { holdFilters } from './hold-requests.js';
import { listHolds } from './list-holds.js';

const payer = '00000000-0000-4000-8000-000000000001';
const other = '00000000-0000-4000-8000-000000000002';
const receiver = '00000000-0000-4000-8000-000000000003';
const count = 400;

let scratch: Scratch;
let owner: Pool;
let lists: ListDatabase;

beforeAll(async () => {
  scratch = await openScratch();
  owner = scratch.database.admin;
  lists = openListDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, pino({ level: 'silent' }));
  await owner.query(
    `INSERT INTO wallets (wallet_id, currency, status) SELECT id, 'EUR', 'ACTIVE' FROM unnest($1::uuid[]) AS id`,
    [[payer, other, receiver]],
  );
});
afterAll(async () => {
  await lists?.end();
  await scratch?.database.drop();
});

/** Of the payer and of another in turn, one a second until now; the newest `open` of them open. */
async function writeHolds(open: number): Promise<void> {
  await owner.query('TRUNCATE holds, transactions');
  const firstMs = Date.now() - count * 1_000;
  const at = `to_timestamp(floor(($3::float8 + i * 1000) / 1000))`;
  await owner.query(
    `WITH made AS (
       SELECT i, (lpad(to_hex(floor($3::float8 + i * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(i), 19, '0'))::uuid AS id,
              CASE WHEN i % 2 = 0 THEN $4::uuid ELSE $5::uuid END AS wallet, ${at} AS at FROM generate_series(1, $1::int) AS i),
     written AS (
       INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
         amount, currency, partition, worker_id, batch_seq, initiated_at, processing_at, created_at)
       SELECT id, 'HOLD', 'SUCCESS', 'filler', 'key-' || i, md5('hash' || i)::uuid, wallet, $6, 1, 'EUR', 7,
              '00000000-0000-7000-8000-000000000000', 1, at, at, at FROM made)
     INSERT INTO holds (hold_id, wallet_id, receiver_wallet_id, partition, currency, amount, status, expires_at, made_day, created_at, updated_at)
     SELECT id, wallet, $6, 7, 'EUR', 1, CASE WHEN i > $1 - $2::int THEN 'OPEN' ELSE 'VOIDED' END::hold_status, at + interval '1 day', 1, at, at
       FROM made`,
    [count, open, firstMs, payer, other, receiver],
  );
  await owner.query('ANALYZE holds');
}

async function walked(database: Pool, query: Record<string, string>, rowsMax: number): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const filters = holdFilters.parse(cursor === undefined ? query : { ...query, cursor });
    const page = await listHolds(database, null, filters, rowsMax);
    seen.push(...page.rows.map((row) => row.hold_id));
    if (page.next === null) return seen;
    cursor = writeCursor(page.next, filters);
  }
}

async function inTable(where: string): Promise<string[]> {
  const { rows } = await owner.query<{ hold_id: string }>(
    `SELECT hold_id FROM holds WHERE ${where} ORDER BY hold_id DESC`,
  );
  return rows.map((row) => row.hold_id);
}

describe('a list of holds', () => {
  it.each([1, 7, 100])('has every hold that matches once, however few do, %i a page', async (limit) => {
    await writeHolds(60);
    for (const [query, where] of [
      [{}, 'true'],
      [{ status: 'OPEN' }, `status = 'OPEN'`],
      [{ walletId: payer, status: 'OPEN' }, `wallet_id = '${payer}' AND status = 'OPEN'`],
      [
        { walletId: payer, receiverWalletId: receiver, status: 'VOIDED' },
        `wallet_id = '${payer}' AND status = 'VOIDED'`,
      ],
      [{ walletId: payer, receiverWalletId: other }, 'false'],
      [{ receiverWalletId: receiver, status: 'OPEN' }, `status = 'OPEN'`],
    ] as const) {
      expect([query, await walked(lists, { ...query, limit: String(limit) }, 20)]).toEqual([
        query,
        await inTable(where),
      ]);
    }
  });

  it('misses none of those that stay open while others end', async () => {
    await writeHolds(count);
    const to = new Date(Date.now() - 100_000).toISOString();
    const ending = {
      query: async (text: string, values: unknown[]) => {
        const answer = await lists.query(text, values);
        await owner.query(
          `UPDATE holds SET status = 'VOIDED' WHERE hold_id IN (SELECT hold_id FROM holds WHERE status = 'OPEN' ORDER BY hold_id DESC LIMIT 2)`,
        );
        return answer;
      },
    } as unknown as Pool;
    const seen = await walked(ending, { status: 'OPEN', to, limit: '7' }, 10);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toEqual(expect.arrayContaining(await inTable(`status = 'OPEN' AND created_at < '${to}'`)));
    expect(seen.length).toBeGreaterThan(100);
  });

  it.each([
    { status: 'OPEN' },
    { walletId: payer, status: 'OPEN' },
    { receiverWalletId: receiver, status: 'OPEN' },
    { walletId: payer, receiverWalletId: other },
    { status: 'EXPIRED' },
  ])('looks at so many rows and no more, although few match: %o', async (query) => {
    await writeHolds(2);
    const { rows } = await touchedBy(lists, () =>
      listHolds(lists, null, holdFilters.parse({ ...query, limit: '10' }), 40),
    );
    expect(rows).toBeLessThan(200);
  });
});
