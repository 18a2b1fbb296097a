import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';
import { killsInTime, settled } from './takeover-times.js';

type EngineProcess = FaultRun['platform']['engines'][0];

/** As `npm start` runs them on a small machine. */
describe('of two engines one of which is active, under load', () => {
  let run: FaultRun;

  beforeAll(async () => {
    run = await FaultRun.start({ engines: 2, active: 1, proxied: ['engine-1'], wallets: 60 });
    run.traffic.start(60, { thinkMs: 150 });
    await sleep(1_500);
    await settled(run);
  }, 60_000);
  afterAll(() => run?.stop());

  const other = (engine: EngineProcess) =>
    run.platform.engines.find(({ name }) => name !== engine.name) as EngineProcess;
  const takeovers = async () => {
    const [row] = await run.ask<{ n: number }>('SELECT count(*)::int AS n FROM partition_takeovers');
    return row?.n as number;
  };
  const status = async (engine: EngineProcess) => (await fetch(`${engine.healthUrl}/health/ready`)).status;

  test('the one that stands by is ready, restarting either fails no request, and all moves once, when the active one goes', async () => {
    const active = await run.mainOwner();
    const [standby, before] = [other(active), await takeovers()];
    expect([await status(active), await status(standby)]).toEqual([200, 200]);
    for (const engine of [standby, active]) {
      await engine.stop();
      await engine.start();
      await settled(run);
    }
    expect(await run.mainOwner()).toBe(standby);
    expect(await takeovers()).toBe(before + 64);
    expect(run.traffic.failures()).toEqual([]);
  }, 120_000);

  test('the active one killed, every partition pays again within seconds, and moves no more when it is back', async () => {
    let before = 0;
    const kills = await killsInTime(run, {
      async next() {
        before = await takeovers();
        return run.mainOwner();
      },
      async back(killed) {
        await settled(run);
        expect(await run.mainOwner()).toBe(other(killed));
        expect(await takeovers()).toBe(before + 64);
      },
    });
    expect(kills.inTime, kills.story).toBe(2);
    expect(kills.partitions).toBeGreaterThan(60);
  }, 150_000);

  test('an active one that Postgres does not answer is taken over, and stands by when it is answered again', async () => {
    const [cut, heir] = run.platform.engines as [EngineProcess, EngineProcess];
    if ((await run.mainOwner()) === heir) {
      await heir.stop();
      await heir.start();
      await settled(run);
    }
    expect(await run.mainOwner()).toBe(cut);
    const [before, cutId] = [await takeovers(), run.workerId(cut.name)];
    const silence = run.proxy.holdWhen(() => true);
    await expect.poll(() => status(cut), { timeout: 15_000, interval: 50 }).toBe(503);
    await expect.poll(() => run.takeoversFrom(cutId), { timeout: 15_000 }).toBe(64);
    silence.release();
    await expect.poll(() => status(cut), { timeout: 15_000 }).toBe(200);
    await settled(run);
    expect([await run.mainOwner(), await takeovers()]).toEqual([heir, before + 64]);
    const paid = run.traffic.count('201');
    await expect.poll(() => run.traffic.count('201'), { timeout: 15_000 }).toBeGreaterThan(paid + 50);
  }, 120_000);

  test('the books balance and every answer stands', async () => {
    await run.traffic.stop();
    const { wrong, story } = await run.verdict();
    expect(wrong, story).toEqual([]);
  }, 60_000);
});
