import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { leaseTtlMs, slowBeatTtlMs } from '../contract/limits.js';
import { membersKey, membersSaidKey } from '../contract/subjects.js';
import { Membership } from './membership.js';

const redis = new Redis(process.env.TEST_REDIS_URL as string);
let namespace: string;
/** What an engine says that was told nothing. */
const unsaid = { enginesActive: null, activeSinceMs: 0 };
const member = (id: string) => new Membership(redis, namespace, id);
const liveBy = async (id: string) => (await member(id).beat(unsaid)).members.map(({ workerId }) => workerId);

beforeEach(() => {
  namespace = `t${randomBytes(5).toString('hex')}`;
});
afterAll(() => redis.quit());

test('an engine is alive for a lease\u2019s time after its beat, and the others are told when it ends', async () => {
  const first = await member('a').beat(unsaid);
  expect(first).toMatchObject({ silentMs: null, members: [{ workerId: 'a' }], nextEndMs: leaseTtlMs });
  await sleep(110);
  const seen = await member('b').beat(unsaid);
  expect(seen.members.map(({ workerId }) => workerId)).toEqual(['a', 'b']);
  expect(seen.nowMs - first.nowMs).toBeGreaterThanOrEqual(100);
  // The end of a's place, not of b's own.
  expect(seen.nextEndMs).toBeLessThanOrEqual(leaseTtlMs - 100);
  await sleep(seen.nextEndMs + 5);
  expect(await liveBy('b')).toEqual(['b']);
});

test('an engine that was silent is told for how long: it may be Redis that stood still', async () => {
  await member('a').beat(unsaid);
  await sleep(leaseTtlMs + 100);
  const { silentMs, members } = await member('a').beat(unsaid);
  expect(silentMs).toBeGreaterThan(leaseTtlMs);
  expect(members).toHaveLength(1);
});

test('an engine of version 0.1.0, which beats once a second and says nothing, keeps its place between its beats', async () => {
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  await redis.zadd(membersKey(namespace), now - slowBeatTtlMs + 1_000, 'old');
  const { members } = await member('new').beat({ enginesActive: 1, activeSinceMs: 5 });
  expect(members).toEqual([
    { workerId: 'old', enginesActive: null, activeSinceMs: 0 },
    { workerId: 'new', enginesActive: 1, activeSinceMs: 5 },
  ]);
  expect(await redis.zscore(membersKey(namespace), 'old')).not.toBeNull();
  await sleep(1_005);
  expect(await liveBy('new')).toEqual(['new']);
});

test('what an engine says of itself all others hear, also between its beats', async () => {
  await member('a').beat({ enginesActive: 2, activeSinceMs: 0 });
  const heard = async () => (await member('b').beat({ enginesActive: 1, activeSinceMs: 0 })).members;
  expect(await heard()).toEqual([
    { workerId: 'a', enginesActive: 2, activeSinceMs: 0 },
    { workerId: 'b', enginesActive: 1, activeSinceMs: 0 },
  ]);
  await member('a').say({ enginesActive: 2, activeSinceMs: 1_790_000_000_000 });
  expect((await heard())[0]).toEqual({ workerId: 'a', enginesActive: 2, activeSinceMs: 1_790_000_000_000 });
});

test.each(['', '0:0', 'two:0', '1', '1:-5', '1:0:more'])('an engine that says %j says nothing', async (text) => {
  await member('a').beat(unsaid);
  await redis.hset(membersSaidKey(namespace), 'a', text);
  const { members } = await member('b').beat({ enginesActive: 1, activeSinceMs: 0 });
  expect(members[0]).toEqual({ workerId: 'a', enginesActive: null, activeSinceMs: 0 });
});

test('an engine that leaves is gone at once, with what it said', async () => {
  await member('a').beat(unsaid);
  await member('b').beat(unsaid);
  await member('a').leave();
  expect(await redis.hkeys(membersSaidKey(namespace))).toEqual(['b']);
  expect(await liveBy('b')).toEqual(['b']);
});

test('what an engine said that died is forgotten in the end', async () => {
  await redis.hset(membersSaidKey(namespace), 'dead', '1:5');
  await member('b').beat(unsaid);
  expect(await redis.hkeys(membersSaidKey(namespace))).toEqual(['b']);
});
