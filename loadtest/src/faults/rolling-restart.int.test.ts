import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test('all engines are restarted one after another under load and no request fails', async () => {
  run = await FaultRun.start({ engines: 3 });
  const { platform, traffic } = run;
  traffic.start(50);
  await sleep(2_000);
  for (const engine of platform.engines) {
    await engine.stop();
    await engine.start();
    await sleep(3_000);
  }
  await traffic.stop();

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
  const handedOver = run.ownership.filter(({ type }) => type === 'RELEASED').length;
  expect(handedOver, story).toBeGreaterThanOrEqual(64);
  expect(traffic.failures(), story).toEqual([]);
  expect(traffic.count('201'), story).toBeGreaterThan(500);
}, 120_000);
