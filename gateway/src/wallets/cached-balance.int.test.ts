import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedBalancePrefix } from '@smart-wallet/engine/contract/cached-balance.js';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';

/** A commit's deletion goes out after 20 ms; the rest is for a busy machine. */
const staleMsMax = 1_000;

let scratch: Scratch;
let engine: Program;
let gateway: Program & { url: string };
let withoutRedis: Program & { url: string };
let redis: Redis;

beforeAll(async () => {
  scratch = await openScratch();
  redis = new Redis(scratch.redisUrl);
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  const ready = async (url: string) => (await fetch(`${url}/health/ready`)).status === 200;
  gateway = await startGateway(scratch, ready);
  withoutRedis = await startGateway(scratch, ready, { REDIS_URL: 'redis://127.0.0.1:1' });
});
afterAll(async () => {
  await Promise.all([gateway?.stop(), withoutRedis?.stop()]);
  await engine?.stop();
  await redis?.quit();
  await scratch?.database.drop();
});

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
async function call(method: string, path: string, body?: unknown, { url } = gateway): Promise<any> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${gatewayToken}`,
      ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect([path, response.status < 300 || response.status === 422]).toEqual([path, true]);
  return response.json();
}

async function funded(): Promise<string> {
  const { walletId } = await call('POST', '/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
  await call('POST', `/api/wallets/${walletId}/deposits`, { amount: '1000', currency: 'EUR' });
  return walletId;
}

const balanceOf = (walletId: string, from = gateway) =>
  call('GET', `/api/wallets/${walletId}/balance`, undefined, from);
const cachedBalanceOf = (walletId: string, from = gateway) =>
  call('GET', `/api/wallets/${walletId}/balance?consistency=cached`, undefined, from);

it('a cached balance is told until a commit changes it, what is held and available too', async () => {
  const [payer, receiver] = [await funded(), await funded()];
  const first = await cachedBalanceOf(payer);
  expect(first).toMatchObject({ balance: '1000.00', held: '0.00', available: '1000.00' });
  await vi.waitFor(
    async () => expect((await cachedBalanceOf(payer)).asOf).toBe((await cachedBalanceOf(payer)).asOf),
    10_000,
  );
  expect(await redis.pttl(cachedBalancePrefix(scratch.namespace) + payer)).toBeLessThanOrEqual(60_000);

  const terms = { amount: '40', currency: 'EUR' };
  const { holdId } = await call('POST', '/api/holds', { walletId: payer, receiverWalletId: receiver, ...terms });
  expect(await balanceOf(payer)).toMatchObject({ held: '40.00' });
  const told = { balance: '1000.00', held: '40.00', available: '960.00' };
  await vi.waitFor(async () => expect(await cachedBalanceOf(payer)).toMatchObject(told), 10_000);

  await cachedBalanceOf(receiver);
  await call('POST', `/api/holds/${holdId}/capture`, { amount: '30', final: true });
  await vi.waitFor(
    async () =>
      expect(await cachedBalanceOf(payer)).toMatchObject({ balance: '970.00', held: '0.00', available: '970.00' }),
    10_000,
  );
  await vi.waitFor(async () => expect(await cachedBalanceOf(receiver)).toMatchObject({ balance: '1030.00' }), 10_000);
});

it('under load no cached balance is older than a moment, and many are not read from Postgres', async () => {
  const wallets = await Promise.all(Array.from({ length: 6 }, funded));
  let running = true;
  const paying = [0, 1, 2].map(async (lane) => {
    for (let i = lane; running; i++) {
      const [from, to] = [wallets[i % 6], wallets[(i + 1 + (i % 5)) % 6]];
      const terms = { amount: '1', currency: 'EUR' };
      if (i % 3 === 0) {
        const { holdId } = await call('POST', '/api/holds', { walletId: from, receiverWalletId: to, ...terms });
        if (holdId) await call('POST', `/api/holds/${holdId}/${i % 2 === 0 ? 'capture' : 'void'}`, {});
      } else await call('POST', '/api/payments', { senderWalletId: from, receiverWalletId: to, ...terms });
      await sleep(20 * lane);
    }
  });
  const seen = new Map<string, { at: number; version: number }[]>();
  let compared = 0;
  const stale: unknown[] = [];
  const reading = [0, 1, 2, 3].map(async (lane) => {
    for (let i = lane; running; i++) {
      const walletId = wallets[i % 6] as string;
      const begun = performance.now();
      if (i % 4 === 0) {
        const { version } = await balanceOf(walletId);
        seen.set(walletId, [...(seen.get(walletId) ?? []), { at: performance.now(), version }]);
        continue;
      }
      const { version } = await cachedBalanceOf(walletId);
      const known = (seen.get(walletId) ?? []).filter(({ at }) => at < begun - staleMsMax);
      const newest = Math.max(0, ...known.map((each) => each.version));
      if (newest > 0) compared++;
      if (version < newest) stale.push({ walletId, version, newest });
    }
  });
  await sleep(5_000);
  running = false;
  await Promise.all([...paying, ...reading]);
  expect(stale).toEqual([]);
  expect(compared).toBeGreaterThan(100);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(Number(/wallet_gateway_balance_lookups_total\{result="hits"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(50);
});

it('without Redis it comes from Postgres', async () => {
  const walletId = await funded();
  for (const amount of ['1001.00', '1002.00']) {
    await call('POST', `/api/wallets/${walletId}/deposits`, { amount: '1', currency: 'EUR' }, withoutRedis);
    expect(await cachedBalanceOf(walletId, withoutRedis)).toMatchObject({ balance: amount });
  }
});

it('what is committed since it was read is in the answer of who does not ask for a cached one', async () => {
  const walletId = await funded();
  for (let i = 1; i <= 20; i++) {
    await cachedBalanceOf(walletId);
    await call('POST', `/api/wallets/${walletId}/deposits`, { amount: '1', currency: 'EUR' });
    expect(await balanceOf(walletId)).toMatchObject({ balance: `${1_000 + i}.00` });
  }
});
