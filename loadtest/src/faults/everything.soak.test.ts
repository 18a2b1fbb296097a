import { setTimeout as sleep } from 'node:timers/promises';
import { engineMemoryBytesMax } from '@smart-wallet/engine/contract/limits.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

/** How long faults are drawn at random, one after the other. */
const soakMs = (Number(process.env.SOAK_MINUTES) || 10) * 60_000;

test(
  'faults of every kind at random, for a long time: the books balance and every answer stands',
  async () => {
    run = await FaultRun.start({ engines: 3, proxied: ['engine-1', 'engine-2', 'engine-3'] });
    const { platform, proxy, traffic, seed } = run;
    const random = seededRandom(seed + 1);
    const { redis, nats, postgres } = platform.stack;
    const anyEngine = () =>
      platform.engines[Math.floor(random() * platform.engines.length)] as (typeof platform.engines)[0];
    const faults: Record<string, () => Promise<void>> = {
      'an engine killed': async () => {
        const engine = anyEngine();
        await engine.kill();
        await sleep(2_000);
        await engine.start();
      },
      'an engine paused past its lease': async () => {
        const engine = anyEngine();
        engine.signal('SIGSTOP');
        await sleep(4_000 + random() * 4_000);
        engine.signal('SIGCONT');
      },
      'an engine restarted': async () => {
        const engine = anyEngine();
        await engine.stop();
        await engine.start();
      },
      'connections cut': async () => {
        proxy.cutAtRandom(1_500, 40_000);
        await sleep(5_000);
        proxy.pass();
      },
      'a call held past a takeover': async () => {
        const hold = proxy.holdWhen(({ type, bytes }) => type === 'B' && bytes.includes('apply_batch'), {
          connectionsMax: 1,
        });
        await Promise.race([hold.reached, sleep(5_000)]);
        await sleep(6_000);
        hold.release();
      },
      'Redis flushed': async () => {
        const client = new Redis(platform.stack.redisUrl);
        await client.flushall();
        await client.quit();
      },
      'Redis away': async () => {
        await redis.kill();
        await sleep(random() * 6_000);
        await redis.start();
      },
      'NATS restarted': async () => {
        await nats.kill();
        await sleep(random() * 2_000);
        await nats.start();
      },
      'Postgres killed': async () => {
        await postgres.kill();
        await sleep(random() * 3_000);
        await postgres.start();
      },
    };
    traffic.start(60);
    const until = performance.now() + soakMs;
    const happened: string[] = [];
    while (performance.now() < until) {
      const names = Object.keys(faults);
      const name = names[Math.floor(random() * names.length)] as string;
      happened.push(name);
      console.log(`${Math.round((until - performance.now()) / 1000)} s left, ${traffic.asked} asks: ${name}`);
      await faults[name]?.();
      await sleep(2_000 + random() * 4_000);
    }
    await sleep(5_000);
    await traffic.stop();

    const verdict = await run.verdict();
    const story = `${happened.join(', ')}\n${verdict.story}`;
    console.log(story);
    expect(verdict.wrong, story).toEqual([]);
    expect(new Set(happened).size, story).toBeGreaterThan(5);
    for (const { workerName, memoryBytes } of run.heartbeats.values()) {
      expect(memoryBytes, workerName).toBeLessThan(engineMemoryBytesMax);
    }
  },
  soakMs + 300_000,
);
