import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from './fault-run.js';
import { PatientCallers } from './patient-caller.js';

type EngineProcess = FaultRun['platform']['engines'][0];

let run: FaultRun;
let bound: BoundCaller | undefined;

afterEach(async () => {
  await bound?.stop();
  await run?.stop();
});

/** What this build's programs are in another one. */
const olderEngine = join(process.env.OLDER_BUILD as string, 'engine/dist/main.js');
const ownEngine = join(import.meta.dirname, '../../../engine/dist/main.js');

test.each([
  { engines: 3, active: 3 },
  { engines: 2, active: 1 },
])(
  'engines of before are replaced one after another, $active of $engines active: payments go on, and what is new begins when the last one owns nothing',
  async ({ engines, active }) => {
    const scripts = new Map<string, string>();
    const engineScript = (name: string) => scripts.get(name) ?? olderEngine;
    run = await FaultRun.start({ engines, active, engineScript, wallets: 40 });
    const { platform, traffic } = run;
    const [older] = await run.ask<{ protocol: number }>('SELECT max(protocol)::int AS protocol FROM engine_workers');
    const olderProtocol = older?.protocol as number;
    const olderOwners = () =>
      run.ask('SELECT worker_id FROM partitions JOIN engine_workers USING (worker_id) WHERE protocol <= $1', [
        olderProtocol,
      ]);
    // New since protocol 5: callers that are bound to a scope. Since 4: holds, refunds and limits as well.
    const hasHolds = olderProtocol >= 4;
    bound = await BoundCaller.start(platform.gatewayUrl, platform.token);
    const { callers } = bound;
    const made = () => callers.seen.get('201') ?? 0;
    const refused = () => callers.seen.get('503 UPGRADE_UNDER_WAY') ?? 0;
    const holdsSoFar = async () => {
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
    await expect.poll(refused, { timeout: 10_000 }).toBeGreaterThan(5);
    if (!hasHolds)
      await expect.poll(() => traffic.count('503 UPGRADE_UNDER_WAY'), { timeout: 10_000 }).toBeGreaterThan(20);
    for (const engine of platform.engines) {
      await sleep(2_000);
      expect([(await olderOwners()).length > 0, made()]).toEqual([true, 0]);
      if (!hasHolds) expect(await holdsSoFar()).toBe(0);
      scripts.set(engine.name, ownEngine);
      await engine.stop();
      await engine.start();
    }
    await expect.poll(made, { timeout: 15_000 }).toBeGreaterThan(5);
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
    await bound.stop();
    await traffic.stop();
    expect(callers.unanswered).toEqual([]);

    const { wrong, story } = await run.verdict();
    console.log(story);
    expect(wrong, story).toEqual([]);
    // While one was killed, others may have waited; nothing was a fault.
    expect(traffic.count('500 COMMAND_FAULT'), story).toBe(0);
  },
  180_000,
);

/** A service that is bound to a scope brings money to its wallet, again and again: an engine of before would do it as for anybody. */
class BoundCaller {
  readonly callers: PatientCallers;
  #running = true;
  readonly #done: Promise<void>;

  private constructor(gatewayUrl: string, token: string, walletId: string) {
    this.callers = new PatientCallers([gatewayUrl], token);
    this.#done = this.#ask(`/api/wallets/${walletId}/deposits`);
  }

  static async start(gatewayUrl: string, adminToken: string): Promise<BoundCaller> {
    const post = async (token: string, path: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(gatewayUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (response.status !== 201) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Record<string, string>;
    };
    const { token = '' } = await post(adminToken, '/api/auth/token', {
      role: 'service',
      caller: 'shop',
      scope: 'shop',
    });
    const { walletId = '' } = await post(token, '/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
    return new BoundCaller(gatewayUrl, token, walletId);
  }

  /** Resolves when what is under way has its answer. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.#done;
    await this.callers.close();
  }

  async #ask(path: string): Promise<void> {
    const deposit = { method: 'POST', path, body: { amount: '1.00', currency: 'EUR' } } as const;
    while (this.#running) await this.callers.ask(deposit, randomUUID());
  }
}
