import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

test('an engine that is told to end while Postgres does not answer it ends in time, and the next one goes on', async () => {
  run = await FaultRun.start({ engines: 1, proxied: ['engine-1'] });
  const { platform, traffic } = run;
  const [engine] = platform.engines as [(typeof platform.engines)[0]];
  const pid = engine.pid();
  traffic.start(60);
  await expect.poll(() => traffic.count('201')).toBeGreaterThan(50);

  // In the middle of a call; nobody tells it. What is sent after that, on new connections too, goes nowhere.
  const call = run.proxy.holdWhen(({ bytes }) => bytes.includes('apply_batch'));
  await call.reached;
  const silence = run.proxy.holdWhen(() => true);
  const toldAt = performance.now();
  engine.signal('SIGTERM');
  await expect.poll(() => engine.pid() !== pid, { timeout: 25_000 }).toBe(true);
  expect(performance.now() - toldAt).toBeLessThan(17_000);
  call.drop();
  silence.drop();

  const paid = traffic.count('201');
  await expect.poll(() => traffic.count('201'), { timeout: 20_000 }).toBeGreaterThan(paid + 50);
  await traffic.stop();
  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
});
