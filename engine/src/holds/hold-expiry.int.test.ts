import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandResult } from '../contract/commands.js';
import { capture, hold } from '../testing/money-commands.js';
import { payment, TestEngines } from '../testing/test-engines.js';

let engines: TestEngines;

beforeAll(async () => {
  engines = await TestEngines.start(2);
});
afterAll(() => engines?.stop());

const unit = 10_000n;
/** From a hold's time until it is over. It is two seconds, which the soak of its races keeps to; the rest is for a busy machine. */
const overWithinMs = 10_000;
/** Of one wallet, due within a second. */
const many = Number(process.env.TEST_HOLDS_DUE) || 2_000;

async function rich(of = engines.members[0]): Promise<string> {
  const walletId = await engines.createWalletOf(of as NonNullable<typeof of>);
  await engines.deposit(walletId, 1_000_000n * unit);
  return walletId;
}

function holdIdOf(result: CommandResult): string {
  if (result.outcome !== 'RECORDED' || result.transaction.status !== 'SUCCESS') throw new Error(JSON.stringify(result));
  return result.transaction.transactionId;
}

async function held(walletId: string): Promise<number> {
  const { rows } = await engines.database.admin.query('SELECT held FROM wallets WHERE wallet_id = $1', [walletId]);
  return Number(rows[0].held);
}

/** The expiries of a wallet's holds: how many there are, and the latest, in milliseconds after its hold's time. */
async function expiries(walletId: string): Promise<{ expired: number; expiries: number; latest_ms: number }> {
  const { rows } = await engines.database.admin.query(
    `SELECT count(DISTINCT hold_id) FILTER (WHERE h.status = 'EXPIRED')::int AS expired, count(t.transaction_id)::int AS expiries,
            coalesce(max(extract(epoch FROM t.created_at - h.expires_at) * 1000), 0)::float8 AS latest_ms
       FROM holds h LEFT JOIN transactions t ON t.parent_transaction_id = h.hold_id AND t.kind = 'EXPIRY' WHERE h.wallet_id = $1`,
    [walletId],
  );
  return rows[0];
}

test('a hold is over soon after its time, once', async () => {
  const walletId = await rich();
  const receiver = await engines.createWallet();
  await engines.send(hold(walletId, receiver, 5n * unit, Date.now() + 300));
  expect(await held(walletId)).toBe(5);
  await expect.poll(() => held(walletId), { timeout: 15_000, interval: 20 }).toBe(0);
  expect(await expiries(walletId)).toMatchObject({ expired: 1, expiries: 1 });
  expect((await expiries(walletId)).latest_ms).toBeLessThan(overWithinMs);
});

test('one that was captured in part gives back the rest, one that was captured whole is not touched', async () => {
  const walletId = await rich();
  const receiver = await engines.createWallet();
  const expiresAtMs = Date.now() + 800;
  const [part, whole] = (
    await engines.sendAll([
      hold(walletId, receiver, 10n * unit, expiresAtMs),
      hold(walletId, receiver, 10n * unit, expiresAtMs),
    ])
  ).map(holdIdOf) as [string, string];
  await engines.sendAll([capture(part, 4n * unit), capture(whole)]);
  expect(await held(walletId)).toBe(6);
  await expect.poll(() => held(walletId), { timeout: 15_000, interval: 20 }).toBe(0);
  const { rows } = await engines.database.admin.query(
    'SELECT hold_id, status, captured::float8 AS captured FROM holds WHERE wallet_id = $1 ORDER BY captured',
    [walletId],
  );
  expect(rows).toEqual([
    { hold_id: part, status: 'EXPIRED', captured: 4 },
    { hold_id: whole, status: 'CAPTURED', captured: 10 },
  ]);
  expect(await expiries(walletId)).toMatchObject({ expired: 1, expiries: 1 });
});

test('holds of an engine that leaves are over at their time, by whoever owns them then', async () => {
  const leaving = await engines.startEngine();
  await expect.poll(async () => (await engines.partitionsOf(leaving)).length, { timeout: 10_000 }).toBeGreaterThan(5);
  const walletId = await rich(leaving);
  const receiver = await engines.createWallet();
  const expiresAtMs = Date.now() + 1_000;
  await engines.sendAll(Array.from({ length: 50 }, () => hold(walletId, receiver, unit, expiresAtMs)));
  await leaving.stop();
  await expect.poll(() => held(walletId), { timeout: 15_000, interval: 20 }).toBe(0);
  const done = await expiries(walletId);
  expect(done).toMatchObject({ expired: 50, expiries: 50 });
  expect(done.latest_ms).toBeLessThan(overWithinMs);
});

test('thousands that are due at once are over soon, and payments do not wait for them', async () => {
  const [walletId, payer] = [await rich(), await rich()];
  const receiver = await engines.createWallet();
  for (let made = 0; made < many; made += 500) {
    const results = await engines.sendAll(Array.from({ length: 500 }, () => hold(walletId, receiver, unit)));
    for (const result of results) holdIdOf(result);
  }
  const { rows } = await engines.database.admin.query<{ from_ms: number }>(
    `WITH due AS (SELECT clock_timestamp() + interval '2 seconds' AS at), moved AS (
       UPDATE holds SET expires_at = due.at + random() * interval '1 second' FROM due WHERE wallet_id = $1)
     SELECT (extract(epoch FROM at) * 1000)::float8 AS from_ms FROM due`,
    [walletId],
  );
  const expiresAtMs = rows[0]?.from_ms as number;
  const before: number[] = [];
  const during: number[] = [];
  let isOver = false;
  const paying = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const askedAt = performance.now();
        holdIdOf(await engines.send(payment(payer, receiver, unit)));
        (Date.now() < expiresAtMs ? before : during).push(performance.now() - askedAt);
      }
    }),
  );
  await expect.poll(() => held(walletId), { timeout: 40_000, interval: 100 }).toBe(0);
  isOver = true;
  await paying;
  const done = await expiries(walletId);
  expect(done).toMatchObject({ expired: many, expiries: many });
  const figures = `before p50 ${at(before, 0.5)} p99 ${at(before, 0.99)}, during p50 ${at(during, 0.5)} p99 ${at(during, 0.99)} ms; the last ${Math.round(done.latest_ms)} ms after its time`;
  if (process.env.TEST_FIGURES) console.log(figures);
  // Behind a call of expiries, not behind all of them: payments are committed while expiries are.
  const { rows: among } = await engines.database.admin.query<{ payments: number }>(
    `WITH span AS (SELECT min(t.created_at) AS first, max(t.created_at) AS last FROM holds h
                     JOIN transactions t ON t.parent_transaction_id = h.hold_id AND t.kind = 'EXPIRY' WHERE h.wallet_id = $1)
     SELECT count(*)::int AS payments FROM transactions, span
      WHERE sender_wallet_id = $2 AND kind = 'PAYMENT' AND created_at > first AND created_at < last`,
    [walletId, payer],
  );
  expect(among[0]?.payments, figures).toBeGreaterThan(0);
  expect(done.latest_ms, figures).toBeLessThan(overWithinMs + many * 2);
}, 120_000);

function at(values: number[], share: number): number {
  return Math.round(values.sort((a, b) => a - b)[Math.floor(share * values.length)] ?? 0);
}
