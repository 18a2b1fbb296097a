import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';
import { settled } from './takeover-times.js';

let run: FaultRun;
const burners: Worker[] = [];

afterEach(async () => {
  await Promise.all(burners.splice(0).map((burner) => burner.terminate()));
  await run?.stop();
});

const minutes = Number(process.env.SOAK_MINUTES) || 10;

test(
  'with every core saturated for minutes no live engine is taken for dead',
  async () => {
    run = await FaultRun.start({ engines: 2, wallets: 100 });
    const { traffic } = run;
    traffic.start(256);
    await settled(run);
    for (let core = 0; core < availableParallelism(); core += 1) {
      burners.push(new Worker('for (;;) Math.sqrt(Math.random());', { eval: true }));
    }
    const takeovers = () => run.ask('SELECT * FROM partition_takeovers WHERE from_worker_id <> worker_id');
    const before = (await takeovers()).length;
    await sleep(minutes * 60_000);
    const after = (await takeovers()).length;
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    console.log(`${after - before} takeovers in ${minutes} minutes\n${story}`);
    expect(wrong, story).toEqual([]);
    expect(after - before, story).toBe(0);
    expect(traffic.count('201'), story).toBeGreaterThan(minutes * 1_000);
  },
  minutes * 60_000 + 180_000,
);
