import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test("an owner's call that reaches Postgres after a takeover is refused by its epoch, and the money is right", async () => {
  run = await FaultRun.start({ engines: 2, proxied: ['engine-1'] });
  const { platform, proxy, traffic } = run;
  const owner = platform.engines[0] as (typeof platform.engines)[0];
  const refusedCalls = () =>
    readFileSync(platform.stack.postgres.logFile, 'utf8').match(/ERROR: +partitions lost/g)?.length ?? 0;
  traffic.start(30);
  await sleep(2_500);
  const ownerId = run.workerId('engine-1');

  const hold = proxy.holdWhen(({ type, bytes }) => type === 'B' && bytes.includes('apply_batch'), {
    connectionsMax: 1,
  });
  await hold.reached;
  owner.signal('SIGSTOP');
  const until = performance.now() + 15_000;
  while ((await run.takeoversFrom(ownerId)) === 0 && performance.now() < until) await sleep(50);
  expect(await run.takeoversFrom(ownerId)).toBeGreaterThan(0);
  await sleep(500); // the new owner commits for the same wallets
  expect(refusedCalls()).toBe(0);
  hold.release();
  await vi.waitFor(() => expect(refusedCalls()).toBeGreaterThanOrEqual(1), { timeout: 10_000, interval: 50 });
  owner.signal('SIGCONT');
  await sleep(3_000);
  await traffic.stop();

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
}, 120_000);
