import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { leaseTtlMs, slowBeatTtlMs } from '../contract/limits.js';
import { membersKey } from '../contract/subjects.js';
import { Membership } from './membership.js';

const redis = new Redis(process.env.TEST_REDIS_URL as string);
let namespace: string;
const member = (id: string) => new Membership(redis, namespace, id);

beforeEach(() => {
  namespace = `t${randomBytes(5).toString('hex')}`;
});
afterAll(() => redis.quit());

test('an engine is alive for a lease\u2019s time after its beat, and the others are told when it ends', async () => {
  expect(await member('a').beat()).toEqual({ silentMs: null, members: ['a'], nextEndMs: leaseTtlMs });
  await sleep(110);
  const seen = await member('b').beat();
  expect(seen.members).toEqual(['a', 'b']);
  // The end of a's place, not of b's own.
  expect(seen.nextEndMs).toBeLessThanOrEqual(leaseTtlMs - 100);
  await sleep(seen.nextEndMs + 5);
  expect((await member('b').beat()).members).toEqual(['b']);
});

test('an engine that was silent is told for how long: it may be Redis that stood still', async () => {
  await member('a').beat();
  await sleep(leaseTtlMs + 100);
  const { silentMs, members } = await member('a').beat();
  expect(silentMs).toBeGreaterThan(leaseTtlMs);
  expect(members).toEqual(['a']);
});

test('an engine of version 0.1.0, which beats once a second, keeps its place between its beats', async () => {
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  await redis.zadd(membersKey(namespace), now - slowBeatTtlMs + 1_000, 'old');
  expect((await member('new').beat()).members).toEqual(['old', 'new']);
  expect(await redis.zscore(membersKey(namespace), 'old')).not.toBeNull();
  await sleep(1_005);
  expect((await member('new').beat()).members).toEqual(['new']);
});

test('an engine that leaves is gone at once', async () => {
  await member('a').beat();
  await member('b').beat();
  await member('a').leave();
  expect((await member('b').beat()).members).toEqual(['b']);
});
