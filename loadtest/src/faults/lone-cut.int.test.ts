import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';
import { settled } from './takeover-times.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

const readyStatus = async (engine: FaultRun['platform']['engines'][0]) =>
  (await fetch(`${engine.healthUrl}/health/ready`)).status;

test('an engine that Postgres alone does not answer is taken over: its wallets pay again within ten seconds', async () => {
  run = await FaultRun.start({ engines: 2, proxied: ['engine-1'], wallets: 40 });
  const { platform, proxy, traffic } = run;
  const [cut, other] = platform.engines as [(typeof platform.engines)[0], (typeof platform.engines)[0]];
  traffic.start(60);
  await sleep(2_500);
  const cutId = run.workerId(cut.name);
  const partitions = await run.paidPartitionsOf(cutId);
  expect(partitions.length).toBeGreaterThan(5);

  // Nothing that it sends arrives any more, on old connections and on new ones; nobody tells it so.
  const cutAtMs = Date.now();
  const silence = proxy.holdWhen(() => true);
  await expect.poll(() => readyStatus(cut), { timeout: 5_000, interval: 50 }).toBe(503);
  let paid = new Map<number, number>();
  await expect
    .poll(
      async () => {
        paid = await run.firstPaid(partitions, cutId, cutAtMs);
        return paid.size;
      },
      { timeout: 15_000 },
    )
    .toBe(partitions.length);
  expect(Math.max(...paid.values()) - cutAtMs).toBeLessThan(10_000);
  expect(await readyStatus(cut)).toBe(503);
  expect(await readyStatus(other)).toBe(200);

  // What it had sent arrives late, and is refused by its epochs. Then it is one of two again.
  silence.release();
  await expect.poll(() => readyStatus(cut), { timeout: 10_000 }).toBe(200);
  await expect
    .poll(() => run.paidPartitionsOf(cutId).then(({ length }) => length), { timeout: 15_000 })
    .toBeGreaterThan(5);
  await sleep(1_000);
  await traffic.stop();

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
}, 120_000);

test('a call that waits for a locked row is no cut: its engine keeps its partitions', async () => {
  run = await FaultRun.start({ engines: 2, wallets: 20 });
  const { platform, traffic } = run;
  const [engine, other] = platform.engines as [(typeof platform.engines)[0], (typeof platform.engines)[0]];
  traffic.start(40);
  await sleep(2_500);
  await settled(run);
  const takeovers = async () => {
    const ids = [run.workerId(engine.name), run.workerId(other.name)];
    return Promise.all(ids.map((id) => run.takeoversFrom(id)));
  };
  const before = await takeovers();
  const admin = new pg.Client(platform.databaseUrl);
  await admin.connect();
  await admin.query('BEGIN');
  await admin.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [run.walletIds[0]]);
  const statuses = new Set<number>();
  const until = performance.now() + 7_000;
  while (performance.now() < until) {
    for (const one of [engine, other]) statuses.add(await readyStatus(one));
    await sleep(100);
  }
  await admin.query('ROLLBACK');
  await admin.end();
  const paidBefore = traffic.count('201');
  await expect.poll(() => traffic.count('201'), { timeout: 15_000 }).toBeGreaterThan(paidBefore + 50);
  await traffic.stop();

  const { wrong, story } = await run.verdict();
  expect(wrong, story).toEqual([]);
  expect([...statuses], story).toEqual([200]);
  expect(await takeovers(), story).toEqual(before);
}, 120_000);
