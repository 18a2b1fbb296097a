import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { leaseTtlMs } from '../contract/limits.js';
import { leaseKey } from '../contract/subjects.js';
import { Leases } from './leases.js';

const [one, other] = [new Redis(process.env.TEST_REDIS_URL as string), new Redis(process.env.TEST_REDIS_URL as string)];
let namespace: string;
const nothing = () => false;

beforeEach(() => {
  namespace = `t${randomBytes(5).toString('hex')}`;
});
afterAll(() => Promise.all([one.quit(), other.quit()]));

test('a lease is one engine\u2019s; all of them are renewed by one command', async () => {
  const leases = new Leases(one, namespace);
  const partitions = Array.from({ length: 64 }, (_, partition) => partition);
  await Promise.all(partitions.map((partition) => leases.acquire(partition)));
  expect(await new Leases(other, namespace).acquire(5)).toBe(false);
  await leases.renew(nothing); // the script is known from now on
  const commands: string[] = [];
  const monitor = await other.duplicate().monitor();
  // What a script itself runs is named lua.
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua' && args.some((arg) => arg.includes(namespace))) commands.push(args[0] as string);
  });
  await one.pexpire(leaseKey(namespace, 5), 50);
  expect(await leases.renew(nothing)).toEqual([]);
  await one.get(leaseKey(namespace, 0));
  await expect.poll(() => commands).toEqual(['pexpire', 'evalsha', 'get']);
  monitor.disconnect();
  expect(await one.pttl(leaseKey(namespace, 5))).toBeGreaterThan(leaseTtlMs - 500);
});

test('a lease that ran out is taken again, one that somebody else has meanwhile is told, and excepted ones are left', async () => {
  const leases = new Leases(one, namespace);
  for (const partition of [1, 2, 3]) await leases.acquire(partition);
  await one.del(leaseKey(namespace, 1), leaseKey(namespace, 2), leaseKey(namespace, 3));
  expect(await new Leases(other, namespace).acquire(2)).toBe(true);
  expect(await leases.renew((partition) => partition === 3)).toEqual([2]);
  expect(await one.exists(leaseKey(namespace, 1))).toBe(1);
  expect(await one.exists(leaseKey(namespace, 3))).toBe(0);
});

test('a released lease is free, and somebody else\u2019s is never released', async () => {
  const [leases, others] = [new Leases(one, namespace), new Leases(other, namespace)];
  await leases.acquire(1);
  await leases.release(1);
  expect(await others.acquire(1)).toBe(true);
  await leases.release(1);
  expect(await one.exists(leaseKey(namespace, 1))).toBe(1);
});
