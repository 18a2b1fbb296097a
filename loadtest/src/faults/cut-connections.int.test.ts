import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

const unknownWanted = 300;

test('Postgres connections cut at random bytes: of hundreds of unknown outcomes none is lost and none doubled', async () => {
  run = await FaultRun.start({ engines: 2, proxied: ['engine-1', 'engine-2'] });
  const { proxy, traffic } = run;
  traffic.start(40);
  await sleep(1_500);
  // A call of a few payments is some 5 kB to Postgres and 200 bytes back: cuts fall before, in and after it.
  proxy.cutAtRandom(1_500, 40_000);
  const until = performance.now() + 150_000;
  while (run.unknownCalls < unknownWanted && performance.now() < until) await sleep(500);
  proxy.pass();
  await sleep(3_000);
  await traffic.stop();

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
  expect(run.unknownCalls, story).toBeGreaterThanOrEqual(unknownWanted);
  expect(traffic.count('201'), story).toBeGreaterThan(500);
}, 240_000);
