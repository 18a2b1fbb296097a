import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test('an engine that is told to end while Postgres does not answer it ends in time, and others have its partitions', async () => {
  run = await FaultRun.start({ engines: 2, proxied: ['engine-1'] });
  const { platform, traffic } = run;
  const engine = platform.engines.find(({ name }) => name === 'engine-1') as (typeof platform.engines)[0];
  const pid = engine.pid();
  traffic.start(60);
  await expect.poll(() => traffic.count('201')).toBeGreaterThan(50);

  // In the middle of its calls; nobody tells it.
  const silence = run.proxy.holdWhen(() => true);
  await silence.reached;
  const toldAt = performance.now();
  engine.signal('SIGTERM');
  await expect.poll(() => engine.pid() !== pid, { timeout: 25_000 }).toBe(true);
  expect(performance.now() - toldAt).toBeLessThan(17_000);
  silence.drop();

  const paid = traffic.count('201');
  await expect.poll(() => traffic.count('201'), { timeout: 20_000 }).toBeGreaterThan(paid + 50);
  await traffic.stop();
  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
});
