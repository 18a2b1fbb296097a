import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FaultRun } from './fault-run.js';
import { settled } from './takeover-times.js';

type EngineProcess = FaultRun['platform']['engines'][0];

describe('of two engines one of which reaches Postgres through what may hold back what it says', () => {
  let run: FaultRun;
  let behind: EngineProcess;
  let other: EngineProcess;

  beforeAll(async () => {
    run = await FaultRun.start({ engines: 2, proxied: ['engine-1'], wallets: 40 });
    [behind, other] = run.platform.engines as [EngineProcess, EngineProcess];
  }, 90_000);
  afterAll(() => run?.stop());

  const readyStatus = async (engine: EngineProcess) => (await fetch(`${engine.healthUrl}/health/ready`)).status;

  test("an owner's call that reaches Postgres after a takeover is refused by its epoch, and the money is right", async () => {
    const refusedCalls = () =>
      readFileSync(run.platform.stack.postgres.logFile, 'utf8').match(/ERROR: +partitions lost/g)?.length ?? 0;
    const traffic = run.renewTraffic(10);
    traffic.start(30, { thinkMs: 100 });
    await settled(run);
    const ownerId = run.workerId(behind.name);
    const before = await run.takeoversFrom(ownerId);

    const hold = run.proxy.holdWhen(({ type, bytes }) => type === 'B' && bytes.includes('apply_batch'), {
      connectionsMax: 1,
    });
    await hold.reached;
    behind.signal('SIGSTOP');
    try {
      await expect.poll(() => run.takeoversFrom(ownerId), { timeout: 20_000 }).toBeGreaterThan(before);
      // The new owner commits for the same wallets.
      const paid = traffic.count('201');
      await expect.poll(() => traffic.count('201'), { timeout: 20_000 }).toBeGreaterThan(paid + 5);
      expect(refusedCalls()).toBe(0);
      hold.release();
      await vi.waitFor(() => expect(refusedCalls()).toBeGreaterThanOrEqual(1), { timeout: 10_000, interval: 50 });
    } finally {
      behind.signal('SIGCONT');
    }
    await settled(run);
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    expect(wrong, story).toEqual([]);
  }, 120_000);

  test('a call that waits for a locked row is no cut: its engine keeps its partitions', async () => {
    const { platform } = run;
    const traffic = run.renewTraffic(20);
    traffic.start(40, { thinkMs: 100 });
    await settled(run);
    const takeovers = async () => {
      const ids = [run.workerId(behind.name), run.workerId(other.name)];
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
      for (const one of [behind, other]) statuses.add(await readyStatus(one));
      await sleep(100);
    }
    await admin.query('ROLLBACK');
    await admin.end();
    const paidBefore = traffic.count('201');
    await expect.poll(() => traffic.count('201'), { timeout: 20_000 }).toBeGreaterThan(paidBefore + 50);
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    expect(wrong, story).toEqual([]);
    expect([...statuses], story).toEqual([200]);
    expect(await takeovers(), story).toEqual(before);
  }, 120_000);

  test('an engine that Postgres alone does not answer is taken over: its wallets pay again within ten seconds', async () => {
    const traffic = run.renewTraffic();
    traffic.start(60, { thinkMs: 150 });
    await settled(run);
    const cutId = run.workerId(behind.name);
    const partitions = await run.paidPartitionsOf(cutId);
    expect(partitions.length).toBeGreaterThan(5);

    // Nothing that it sends arrives any more, on old connections and on new ones; nobody tells it so.
    const cutAtMs = Date.now();
    const silence = run.proxy.holdWhen(() => true);
    await expect.poll(() => readyStatus(behind), { timeout: 15_000, interval: 50 }).toBe(503);
    let paid = new Map<number, number>();
    await expect
      .poll(
        async () => {
          paid = await run.firstPaid(partitions, cutId, cutAtMs);
          return paid.size;
        },
        { timeout: 20_000 },
      )
      .toBe(partitions.length);
    expect(Math.max(...paid.values()) - cutAtMs).toBeLessThan(10_000);
    expect(await readyStatus(behind)).toBe(503);
    expect(await readyStatus(other)).toBe(200);

    // What it had sent arrives late, and is refused by its epochs. Then it is one of two again.
    silence.release();
    await expect.poll(() => readyStatus(behind), { timeout: 20_000 }).toBe(200);
    await expect
      .poll(() => run.paidPartitionsOf(cutId).then(({ length }) => length), { timeout: 20_000 })
      .toBeGreaterThan(5);
    await settled(run);
    await traffic.stop();

    const { wrong, story } = await run.verdict();
    expect(wrong, story).toEqual([]);
  }, 120_000);
});
