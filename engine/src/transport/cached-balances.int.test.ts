import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cachedBalancePrefix } from '../contract/cached-balance.js';
import { CachedBalances, walletsPerDropMax, walletsWaitingMax } from './cached-balances.js';

const log = pino({ level: 'silent' });
const namespace = `balances_${randomBytes(6).toString('hex')}`;
const prefix = cachedBalancePrefix(namespace);

let redis: Redis;
beforeAll(() => {
  redis = new Redis(process.env.TEST_REDIS_URL as string);
});
afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.unlink(keys);
  await redis.quit();
});

async function keep(walletIds: string[]): Promise<void> {
  await redis.mset(walletIds.flatMap((walletId) => [prefix + walletId, 'a balance']));
}
const kept = async () => (await redis.keys(`${prefix}*`)).map((key) => key.slice(prefix.length));

describe('cached balances', () => {
  it('of wallets that a commit changed are dropped a moment later, however many, and no others', async () => {
    const changed = Array.from({ length: 2 * walletsPerDropMax + 1 }, (_, i) => `wallet-${i}`);
    await keep([...changed, 'another']);
    const balances = new CachedBalances(redis, namespace, log);
    for (const walletId of changed) balances.drop([walletId, 'nobody has read this one']);
    await vi.waitFor(async () => expect(await kept()).toEqual(['another']), 10_000);
    balances.stop();
  });

  it('that wait are dropped when the engine stops', async () => {
    await keep(['the last one']);
    const balances = new CachedBalances(redis, namespace, log);
    balances.drop(['the last one']);
    balances.stop();
    expect(await redis.exists(`${prefix}the last one`)).toBe(0);
  });

  it('that could not be dropped, because Redis was away, are once it is back', async () => {
    const reconnecting = new Redis(process.env.TEST_REDIS_URL as string, {
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: true },
    });
    const balances = new CachedBalances(reconnecting, namespace, log);
    await keep(['changed meanwhile']);
    balances.drop(['changed meanwhile']);
    balances.flush();
    expect(await redis.exists(`${prefix}changed meanwhile`)).toBe(1);
    await reconnecting.connect();
    await vi.waitFor(async () => expect(await redis.exists(`${prefix}changed meanwhile`)).toBe(0), 10_000);
    balances.stop();
    await reconnecting.quit();
  });

  it('wait in bounded memory while Redis is away: the oldest are forgotten', async () => {
    const away = new Redis(process.env.TEST_REDIS_URL as string, { lazyConnect: true });
    const balances = new CachedBalances(away, namespace, log);
    balances.drop(Array.from({ length: walletsWaitingMax + 500 }, (_, i) => `waiting-${i}`));
    await vi.waitFor(() => expect(balances.waitingCount).toBe(walletsWaitingMax), 10_000);
    balances.stop();
    away.disconnect();
  });
});
