import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';
import { killAndTime, settled, spreadOf } from './takeover-times.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

const kills = Number(process.env.SOAK_KILLS) || 100;

test.each([
  { engines: 3, active: 3 },
  { engines: 2, active: 1 },
])(
  `${kills} owners killed under load, $active of $engines engines active: their partitions pay again within a second and a half`,
  async ({ engines, active }) => {
    run = await FaultRun.start({ engines, active, wallets: 150 });
    const { platform, traffic } = run;
    traffic.start(100);
    await sleep(3_000);
    const times: number[] = [];
    const worst: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await settled(run);
      const next = platform.engines[kill % platform.engines.length] as (typeof platform.engines)[0];
      const engine = active === engines ? next : await run.mainOwner();
      const each = await killAndTime(run, engine);
      times.push(...each);
      worst.push(Math.max(...each));
      console.log(`kill ${kill + 1}: ${each.length} partitions, ${Math.min(...each)} to ${Math.max(...each)} ms`);
      await engine.start();
    }
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    console.log(`partitions ${JSON.stringify(spreadOf(times))}, kills ${JSON.stringify(spreadOf(worst))}\n${story}`);
    expect(wrong, story).toEqual([]);
    expect(spreadOf(times).p99, story).toBeLessThan(1_500);
  },
  kills * 15_000 + 120_000,
);
