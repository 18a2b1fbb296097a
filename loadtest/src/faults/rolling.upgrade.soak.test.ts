import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

type EngineProcess = FaultRun['platform']['engines'][0];

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

/** What this build's programs are in another one. */
const olderEngine = join(process.env.OLDER_BUILD as string, 'engine/dist/main.js');
const ownEngine = join(import.meta.dirname, '../../../engine/dist/main.js');

test.each([
  { engines: 3, active: 3 },
  { engines: 2, active: 1 },
])(
  'engines of before are replaced one after another, $active of $engines active: payments go on, and holds and limits begin when the last one owns nothing',
  async ({ engines, active }) => {
    const scripts = new Map<string, string>();
    const engineScript = (name: string) => scripts.get(name) ?? olderEngine;
    run = await FaultRun.start({ engines, active, engineScript, wallets: 40 });
    const { platform, traffic } = run;
    const olderOwners = () =>
      run.ask('SELECT DISTINCT worker_id FROM partitions JOIN engine_workers USING (worker_id) WHERE protocol < 4');
    const madeSoFar = async () => {
      const [row] = await run.ask<{ n: number }>(
        `SELECT (SELECT count(*) FROM holds)::int + (SELECT count(*) FROM refund_totals)::int
                + (SELECT count(*) FROM audit_log WHERE action LIKE 'LIMITS%')::int AS n`,
      );
      return row?.n;
    };
    const paysOn = async () => {
      const before = traffic.granted().PAYMENT;
      await expect.poll(() => traffic.granted().PAYMENT, { timeout: 10_000 }).toBeGreaterThan(before + 50);
    };
    traffic.start(100);
    await expect.poll(() => traffic.count('503 UPGRADE_UNDER_WAY'), { timeout: 10_000 }).toBeGreaterThan(20);
    for (const engine of platform.engines) {
      await sleep(2_000);
      expect([(await olderOwners()).length > 0, await madeSoFar()]).toEqual([true, 0]);
      scripts.set(engine.name, ownEngine);
      await engine.stop();
      await engine.start();
    }
    await expect.poll(() => traffic.granted().HOLD, { timeout: 15_000 }).toBeGreaterThan(20);
    await paysOn();

    // One of them comes back, and the others die.
    const [back, ...others] = platform.engines as [EngineProcess, ...EngineProcess[]];
    scripts.set(back.name, olderEngine);
    await back.stop();
    await back.start();
    await paysOn();
    for (const engine of others) {
      await engine.kill();
      await sleep(2_000);
      await engine.start();
      await paysOn();
      expect(await olderOwners()).toEqual([]);
    }
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    console.log(story);
    expect(wrong, story).toEqual([]);
    // While one was killed, others may have waited; nothing was a fault.
    expect(traffic.count('500 COMMAND_FAULT'), story).toBe(0);
  },
  180_000,
);
