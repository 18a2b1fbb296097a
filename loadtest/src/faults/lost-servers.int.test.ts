import { setTimeout as sleep } from 'node:timers/promises';
import { commandDeadlineMs, leaseTtlMs } from '@smart-wallet/engine/contract/limits.js';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

/** Until payments go on, which takes a few seconds. */
const patienceMs = 20_000;

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test('Redis flushed, stopped and started, NATS restarted, Postgres killed and restarted under load', async () => {
  run = await FaultRun.start({ engines: 2 });
  const { platform, traffic } = run;
  const { redis, nats, postgres } = platform.stack;
  const successes = () => traffic.count('201');
  const resumesAfter = async (what: string) => {
    const [before, until] = [successes(), performance.now() + patienceMs];
    while (successes() < before + 20) {
      if (performance.now() > until)
        throw new Error(`no payments ${patienceMs} ms after ${what}\n${await run.describe()}`);
      await sleep(50);
    }
  };
  traffic.start(60);
  await resumesAfter('the start');

  const client = new Redis(platform.stack.redisUrl);
  await client.flushall();
  await client.quit();
  await resumesAfter('Redis was flushed');

  await redis.kill();
  // Owners go on without Redis: nothing needs to resume.
  await resumesAfter('Redis was killed');
  await sleep(2 * leaseTtlMs);
  await resumesAfter('Redis was away for longer than a lease');
  await redis.start();
  await resumesAfter('Redis came back');

  await nats.kill();
  await sleep(1_000);
  await nats.start();
  await resumesAfter('NATS was restarted');

  await postgres.kill();
  await sleep(500);
  await postgres.start();
  await resumesAfter('Postgres was killed');

  // Away for longer than a command waits: callers are told, honestly, and ask again.
  await postgres.kill();
  await sleep(commandDeadlineMs + 1_000);
  await postgres.start();
  await resumesAfter('Postgres was away for longer than the deadline');
  await traffic.stop();
  await sleep(1_500); // the last heartbeats

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
  expect(run.unknownCalls, story).toBeGreaterThan(0);
  expect(
    [...traffic.seen.keys()].filter((name) => /^50[34] /.test(name)),
    story,
  ).not.toEqual([]);
}, 240_000);
