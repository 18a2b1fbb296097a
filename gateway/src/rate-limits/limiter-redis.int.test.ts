import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LimiterRedis } from './limiter-redis.js';
import { RateLimiter } from './rate-limiter.js';

const redisUrl = process.env.TEST_REDIS_URL as string;
const log = pino({ level: 'silent' });
let namespace: string;
let gateways: LimiterRedis[];

beforeEach(async () => {
  namespace = `limits-${randomUUID()}`;
  gateways = [1, 2, 3].map(() => new LimiterRedis({ redisUrl, namespace }, log));
  for (const gateway of gateways) await vi.waitFor(() => expect(gateway.isThere).toBe(true), 10_000);
});
afterEach(() => {
  for (const gateway of gateways) gateway.stop();
});

const limiters = (points: number, periodSeconds: number) =>
  gateways.map((gateway) => {
    const rule = { points, periodSeconds };
    return new RateLimiter(rule, { store: gateway.points('payments', rule), now: () => performance.now() });
  });

async function granted(some: readonly RateLimiter[], calls: number): Promise<number> {
  const all = Array.from({ length: calls }, async (_, i) => {
    const limiter = some[i % some.length] as RateLimiter;
    return limiter.take(limiter.account('shop'), 1);
  });
  return (await Promise.all(all)).filter(Boolean).length;
}

it('three gateways together let through the limit, to the point', async () => {
  expect(await granted(limiters(1_000, 60), 5_000)).toBe(1_000);
});

it('the next window begins at all of them when the first ends', async () => {
  const some = limiters(100, 1);
  expect(await granted(some, 300)).toBe(100);
  const account = some[0]?.account('shop');
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(account?.endsAtMs as number), {
    timeout: 2_000,
    interval: 5,
  });
  // Where windows meet, a gateway may still be told of the old one.
  await vi.waitFor(async () => expect(await granted(some, 1)).toBe(1), { timeout: 500, interval: 5 });
  expect(await granted(some, 300)).toBe(99);
});

it('keeps one key a caller and group in Redis, which ends with its window, whatever the caller is called', async () => {
  const [limiter] = limiters(100, 60);
  await limiter?.take(limiter.account(`x\r\nFLUSHALL\r\n${'long'.repeat(1_000)}`), 1);
  const redis = new Redis(redisUrl);
  const keys = await redis.keys(`${namespace}:*`);
  expect(keys).toEqual([expect.stringMatching(new RegExp(`^${namespace}:rate-limit:payments:[\\w-]{22}$`))]);
  expect(await redis.ttl(keys[0] as string)).toBeGreaterThan(50);
  await redis.quit();
});

it('nobody waits for a Redis that is not there', async () => {
  const nowhere = new LimiterRedis({ redisUrl: 'redis://127.0.0.1:1', namespace }, log);
  const rule = { points: 50, periodSeconds: 60 };
  const limiter = new RateLimiter(rule, { store: nowhere.points('payments', rule), now: () => performance.now() });
  const answers = Array.from({ length: 60 }, () => limiter.take(limiter.account('shop'), 1));
  expect(answers).toEqual([...new Array(50).fill(true), ...new Array(10).fill(false)]);
  nowhere.stop();
});
