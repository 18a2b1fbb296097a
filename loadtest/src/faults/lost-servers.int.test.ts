import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test('Redis flushed, stopped and started, NATS restarted, Postgres killed and restarted under load', async () => {
  run = await FaultRun.start({ engines: 2 });
  const { platform, traffic } = run;
  const { redis, nats, postgres } = platform.stack;
  const successes = () => traffic.count('201');
  const resumesWithin = async (ms: number, what: string) => {
    const [before, until] = [successes(), performance.now() + ms];
    while (successes() < before + 20) {
      if (performance.now() > until) throw new Error(`no payments ${ms} ms after ${what}\n${await run.describe()}`);
      await sleep(50);
    }
  };
  traffic.start(60);
  await resumesWithin(5_000, 'the start');

  const client = new Redis(platform.stack.redisUrl);
  await client.flushall();
  await client.quit();
  await resumesWithin(5_000, 'Redis was flushed');

  await redis.kill();
  // Owners go on without Redis: nothing needs to resume.
  await resumesWithin(3_000, 'Redis was killed');
  await sleep(4_000);
  await resumesWithin(3_000, 'Redis was away for longer than a lease');
  await redis.start();
  await resumesWithin(5_000, 'Redis came back');

  await nats.kill();
  await sleep(1_000);
  await nats.start();
  await resumesWithin(15_000, 'NATS was restarted');

  await postgres.kill();
  await sleep(500);
  await postgres.start();
  await resumesWithin(20_000, 'Postgres was killed');

  // Away for longer than a command waits: callers are told, honestly, and ask again.
  await postgres.kill();
  await sleep(7_000);
  await postgres.start();
  await resumesWithin(20_000, 'Postgres was away for longer than the deadline');
  await sleep(1_500);
  await traffic.stop();
  await sleep(1_500); // the last heartbeats

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
  expect(run.unknownCalls, story).toBeGreaterThan(0);
  expect(
    [...traffic.seen.keys()].filter((name) => /^50[34] /.test(name)),
    story,
  ).not.toEqual([]);
}, 180_000);
