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

  const report = await run.audit();
  const story = await run.describe(report);
  expect(report.clean, story).toBe(true);
  const handedOver = run.ownership.filter(({ type }) => type === 'RELEASED').length;
  expect(handedOver, story).toBeGreaterThanOrEqual(64);
  // A refusal for lack of money is an answer, too.
  expect(
    [...traffic.seen.keys()].filter((name) => name !== '201' && name !== '422 INSUFFICIENT_FUNDS'),
    story,
  ).toEqual([]);
  expect(traffic.count('201'), story).toBeGreaterThan(500);
}, 120_000);
