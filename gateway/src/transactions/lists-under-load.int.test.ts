import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ask, keepMovingEveryWay } from '../testing/every-kind.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

// Every list of the API while transactions of every kind are written: before a real engine.

const user = randomUUID();

let platform: TestPlatform;
let wallets: string[];
let begunAt: string;
let paying: Promise<void>;
let everyWay: { stop(): Promise<number> };
let stopping = false;

beforeAll(async () => {
  platform = await startTestPlatform();
  begunAt = new Date().toISOString();
  wallets = await Promise.all(Array.from({ length: 4 }, () => platform.funded('90000000')));
  paying = keepPaying();
  everyWay = keepMovingEveryWay(ask, wallets, 20);
  await roundsLater(6);
});
afterAll(async () => {
  stopping = true;
  await paying;
  expect(await everyWay?.stop()).toBeGreaterThan(20);
  await platform?.close();
});

const ask: Ask = async (method, path, body, expected) => {
  const answer = await platform.call(method, path, body, randomUUID());
  if (answer.status !== expected) throw new Error(`${method} ${path} is answered ${answer.status}: ${answer.text}`);
  rounds += path.endsWith('/limits') ? 1 : 0;
  return answer.body;
};
let rounds = 0;

async function roundsLater(count: number): Promise<void> {
  for (const enough = rounds + count; rounds < enough; ) await sleep(10);
}

/** A batch every now and then, one payment of which is refused. */
async function keepPaying(): Promise<void> {
  while (!stopping) {
    const payments = Array.from({ length: 20 }, (_, i) => ({
      ...payment(wallets[i % 4] as string, wallets[(i + 1 + (i % 3)) % 4] as string, i === 7 ? '499999999' : '1.25'),
      idempotencyKey: randomUUID(),
      reference: i % 5 === 0 ? `run ${i}` : null,
    }));
    expect((await platform.call('POST', '/api/payments/batch', { payments })).status).toBe(200);
    await sleep(20);
  }
}

/** Up to when the ledger is final. */
async function finalAt(): Promise<string> {
  const { items } = await platform.get(`/api/transactions?limit=1`);
  const to = items[0].createdAt;
  for (;;) {
    const { closed } = await platform.get(`/api/wallets/${wallets[0]}/statement?from=${begunAt}&to=${to}&limit=1`);
    if (closed) return to;
  }
}

const ago = (instant: string, ms: number) => new Date(Date.parse(instant) - ms).toISOString();

type Item = Record<string, string | number>;

/** `pages` at most. */
async function walk(path: string, limit: number, pagesMax = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = '', pages = 0; pages < pagesMax; pages++) {
    const page = await platform.get(`${path}&limit=${limit}${cursor}`);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  return items;
}

async function idsIn(table: string, where: string): Promise<string[]> {
  const { rows } = await platform.scratch.database.admin.query<{ id: string }>(`SELECT ${table} WHERE ${where}`);
  return rows.map(({ id }) => id);
}
const inTable = (where: string) => idsIn('transaction_id AS id FROM transactions', where);

it.each([1, 7, 100])('lists are walked without gap or repeat, %i a page', async (limit) => {
  const entries = await walk(`/api/wallets/${wallets[1]}/entries?`, limit, 60);
  const numbers = entries.map(({ entryNo }) => entryNo as number);
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) - i));
  const asOf = await finalAt();
  const from = ago(asOf, limit === 1 ? 250 : 1_000);
  const few: string[] = ['kind=CAPTURE', 'kind=HOLD&status=SUCCESS', 'reference=round%201'];
  const during = `created_at >= '${from}' AND created_at < '${asOf}'`;
  for (const [filter, where] of [
    ['currency=EUR', 'true'],
    ['minAmount=1.25', 'amount >= 1.25'],
    ['kind=CAPTURE', `kind = 'CAPTURE'`],
    ['kind=HOLD&status=SUCCESS', `kind = 'HOLD' AND status = 'SUCCESS'`],
    ['status=FAILED', `status = 'FAILED'`],
    ['reference=run%200', `reference = 'run 0'`],
    ['reference=round%201', `reference = 'round 1'`],
    ['failureCode=INSUFFICIENT_FUNDS', `failure_code = 'INSUFFICIENT_FUNDS'`],
  ] as const) {
    const since = few.includes(filter) ? begunAt : from;
    const seen = await walk(`/api/transactions?${filter}&from=${since}&to=${asOf}`, limit);
    const expected = await inTable(`${where} AND created_at >= '${since}' AND created_at < '${asOf}'`);
    expect([filter, seen.map(({ transactionId }) => transactionId).sort()]).toEqual([filter, expected.sort()]);
    expect([filter, limit === 1 || seen.length > 0]).toEqual([filter, true]);
  }
  const ofWallet = await walk(`/api/transactions?walletId=${wallets[2]}&from=${from}&to=${asOf}`, limit);
  const seen = ofWallet.map(({ transactionId }) => transactionId as string).sort();
  const isWallets = `'${wallets[2]}' IN (sender_wallet_id, receiver_wallet_id) AND ${during}`;
  expect(seen).toEqual([...new Set(seen)]);
  expect(await inTable(isWallets)).toEqual(expect.arrayContaining(seen));
  expect(seen).toEqual(
    expect.arrayContaining(await inTable(`${isWallets} AND (sender_entry_no IS NOT NULL OR status = 'FAILED')`)),
  );
});

it.each([1, 7, 100])('holds are walked without gap or repeat while they end, %i a page', async (limit) => {
  const until = await finalAt();
  const from = begunAt;
  const made = `created_at >= '${from}' AND created_at < '${until}'`;
  const holds = (where: string) => idsIn('hold_id AS id FROM holds', `${where} AND ${made} ORDER BY hold_id DESC`);
  for (const [filter, where] of [
    ['', 'true'],
    [`&walletId=${wallets[0]}`, `wallet_id = '${wallets[0]}'`],
    [`&receiverWalletId=${wallets[0]}`, `receiver_wallet_id = '${wallets[0]}'`],
    ['&status=VOIDED', `status = 'VOIDED'`],
  ] as const) {
    const seen = (await walk(`/api/holds?from=${from}&to=${until}${filter}`, limit)).map(({ holdId }) => holdId);
    expect([filter, seen]).toEqual([filter, await holds(where)]);
    expect(seen.length).toBeGreaterThan(0);
  }
  // Those that stayed open all the while are there, once; those that ended meanwhile may be.
  const before = await holds(`status = 'OPEN'`);
  const seen = (await walk(`/api/holds?from=${from}&to=${until}&status=OPEN`, limit)).map(({ holdId }) => holdId);
  const after = new Set(await holds(`status = 'OPEN'`));
  expect(seen).toEqual([...new Set(seen)]);
  expect(before).toEqual(expect.arrayContaining(seen));
  expect(seen).toEqual(expect.arrayContaining(before.filter((holdId) => after.has(holdId))));
});

it.each([1, 7, 100])('wallets are walked without gap or repeat while more are made, %i a page', async (limit) => {
  let making = true;
  const make = async () => {
    await platform.wallet({ currency: 'JPY', userId: user });
  };
  await Promise.all(Array.from({ length: 20 }, make));
  const more = (async () => {
    while (making) await make();
  })();
  for (const [filter, where] of [
    ['currency=EUR', `currency = 'EUR'`],
    [`userId=${user}`, `user_id = '${user}'`],
  ] as const) {
    if (limit === 1 && filter === 'currency=EUR') continue;
    const before = await idsIn('wallet_id AS id FROM wallets', `kind = 'USER' AND ${where}`);
    const seen = (await walk(`/api/wallets?${filter}`, limit)).map(({ walletId }) => walletId);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toEqual(expect.arrayContaining(before));
    expect(before.length).toBeGreaterThan(0);
  }
  making = false;
  await more;
});

it.each([1, 7, 100])('the items of a statement are walked without gap or repeat, %i a page', async (limit) => {
  const to = new Date().toISOString();
  const from = ago(to, limit === 1 ? 300 : 3_000);
  const path = `/api/wallets/${wallets[3]}/statement?from=${from}&to=${to}`;
  const first = await platform.get(`${path}&limit=1`);
  const items = await walk(path, limit);
  const numbers = items.map(({ entryNo }) => entryNo as number);
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i));
  const last = await platform.get(`${path}&limit=1`);
  expect(numbers.length).toBeGreaterThanOrEqual(first.debitCount + first.creditCount);
  expect(numbers.length).toBeLessThanOrEqual(last.debitCount + last.creditCount);
});

it('a key\u2019s payments are all there, and no others', async () => {
  const key = randomUUID();
  const payments = Array.from({ length: 50 }, () => payment(wallets[0] as string, wallets[1] as string, '1.00'));
  const made = await platform.post('/api/payments/batch', { atomic: true, payments }, key);
  expect(made.status).toBe(201);
  const ids: string[] = made.body.results.map(
    (result: { transaction: { transactionId: string } }) => result.transaction.transactionId,
  );
  const { items } = await platform.get(`/api/payments?idempotencyKey=${key}`);
  expect(items.map(({ transactionId }: { transactionId: string }) => transactionId)).toEqual(ids);
  for (const limit of [1, 7, 100]) {
    const seen = (await walk(`/api/transactions?idempotencyKey=${key}`, limit)).map(
      ({ transactionId }) => transactionId,
    );
    expect(seen.sort()).toEqual(ids.toSorted());
  }
});

it('a cursor with other filters is refused, in every list', async () => {
  const period = (to: string) => `/api/wallets/${wallets[0]}/statement?from=${begunAt}&to=${to}&limit=1`;
  const [now, later] = [new Date().toISOString(), new Date(Date.now() + 1_000).toISOString()];
  for (const [path, other] of [
    ['/api/transactions?limit=1&minAmount=1', '/api/transactions?limit=1&minAmount=2'],
    ['/api/transactions?limit=1&reference=run%200', '/api/transactions?limit=1&reference=run%205'],
    [`/api/wallets/${wallets[0]}/entries?limit=1`, `/api/wallets/${wallets[0]}/entries?limit=1&from=${begunAt}`],
    [period(now), period(later)],
    ['/api/holds?limit=1&status=VOIDED', '/api/holds?limit=1&status=CAPTURED'],
    [`/api/holds?limit=1&walletId=${wallets[0]}`, `/api/holds?limit=1&receiverWalletId=${wallets[0]}`],
    [`/api/transactions?limit=1&walletId=${wallets[0]}`, `/api/transactions?limit=1&walletId=${wallets[1]}`],
    ['/api/transactions?limit=1&kind=HOLD', '/api/transactions?limit=1&kind=CAPTURE'],
    ['/api/wallets?limit=1&currency=EUR', '/api/wallets?limit=1&status=ACTIVE'],
  ] as const) {
    const { nextCursor } = await platform.get(path);
    await platform.get(`${path}&cursor=${nextCursor}`);
    const refused = await platform.call('GET', `${other}&cursor=${nextCursor}`);
    expect([other, refused.status, refused.body.errors[0]]).toMatchObject([other, 400, { rule: 'CURSOR' }]);
  }
});
