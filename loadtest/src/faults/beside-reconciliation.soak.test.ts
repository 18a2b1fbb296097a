import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { createScratchDatabase, ROLE_PASSWORD } from '@smart-wallet/local-stack/scratch-database.mjs';
import { ALL_SERVERS } from '@smart-wallet/local-stack/servers.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { fillDatabase } from '../bench/grown/fill-database.js';
import { createWallets } from './create-wallets.js';
import { inMs, PacedPayments } from './paced-payments.js';

/** SOAK_PAYMENTS=5000000 is a ledger of ten million entries. */
const filled = Number(process.env.SOAK_PAYMENTS ?? 300_000);
/** Each look is held against the quiet time before and after it: what else the machine does changes within minutes. */
const looks = 3;
const quietMs = 20_000;
/**
 * A look is a whole run of a small ledger. One that is not over after so long is of a large one: its worker is stopped, and goes on where
 * it was for the next look. `reconciled-ledger.soak.test.ts` has such a run to its end.
 */
const besideMsMax = 60_000;
const lookMsMax = 600_000;
const askEveryMs = 250;
const p99RatioMax = 1.3;

const closing: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test(
  `payments go on as before beside a reconciliation of ${filled} payments, which finds nothing`,
  async () => {
    const stack = await startStack({ env: envWithoutServers(), services: ALL_SERVERS, rolePassword: ROLE_PASSWORD });
    closing.push(() => stack.stop());
    const database = await createScratchDatabase('beside', stack.databaseUrl);
    await fillDatabase(database.url, filled);
    // Else Postgres would do it now, beside payments with a run and without.
    await database.admin.query('VACUUM (ANALYZE)');
    await database.admin.query('CHECKPOINT');
    const platform = await startPlatform({
      ...{ stack, env: envWithoutServers(), engines: 1, workers: 1, databaseUrl: database.url },
      gatewayEnv: () => ({ RATE_LIMIT_PAYMENTS: 'off', LOG_LEVEL: 'warn' }),
      // The relay would publish all that was filled in, millions of events, for minutes: its cost is another figure (`npm run bench -- --relay`).
      programEnv: { WORKER_PARTS: 'reconciliation' },
    });
    closing.push(() => platform.stop());
    const asked = new pg.Pool({ connectionString: database.url, max: 1 });
    closing.push(() => asked.end());
    const { gatewayUrl, token } = platform;
    const walletIds = await createWallets(gatewayUrl, token, 100, '1000000.00');
    const payments = await PacedPayments.open(gatewayUrl, token, walletIds);
    closing.push(async () => payments.close());

    const askRun = async () => {
      const answer = await fetch(`${gatewayUrl}/api/reconciliation/runs`, {
        method: 'POST',
        headers: {
          ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ mode: 'full' }),
      });
      expect(answer.status, await answer.clone().text()).toBe(202);
      return ((await answer.json()) as { runId: string }).runId;
    };
    const outcome = async (runId: string) => {
      for (;;) {
        const sql = 'SELECT status, error FROM reconciliation_runs WHERE run_id = $1 AND finished_at IS NOT NULL';
        const { rows } = await asked.query<{ status: string; error: string | null }>(sql, [runId]);
        if (rows[0]) return rows[0];
        await sleep(askEveryMs);
      }
    };

    const progress = async () =>
      (await asked.query<{ done: string }>('SELECT max(done) AS done FROM reconciliation_runs')).rows[0]?.done;

    await payments.latencies(5_000);
    const ratios: number[] = [];
    const stories: string[] = [];
    let before = await payments.latencies(quietMs);
    let isDone = true;
    let done: ReturnType<typeof outcome> | null = null;
    for (let look = 0; look < looks; look++) {
      const begunMs = performance.now();
      if (isDone) {
        isDone = false;
        done = outcome(await askRun()).finally(() => {
          isDone = true;
        });
      } else {
        const before = await progress();
        for (const worker of platform.workers) await worker.start();
        await expect.poll(progress, { timeout: 60_000 }).not.toBe(before);
      }
      const beside = await payments.latencies(besideMsMax, () => !isDone);
      const seconds = (performance.now() - begunMs) / 1_000;
      const isCut = !isDone;
      if (isCut) {
        // Nobody waits for its end.
        done?.catch(() => {});
        for (const worker of platform.workers) await worker.stop();
      } else expect(await done).toEqual({ status: 'CLEAN', error: null });
      const after = await payments.latencies(quietMs);
      const without = [0.5, 0.99].map((share) => (before.percentileMs(share) + after.percentileMs(share)) / 2);
      const during = [0.5, 0.99].map((share) => beside.percentileMs(share));
      ratios.push((during[1] as number) / (without[1] as number));
      stories.push(
        `${seconds.toFixed(0)} s${isCut ? ' of one' : ''}: p50 ${inMs(without[0])} and ${inMs(during[0])}, p99 ${inMs(without[1])} and ${inMs(during[1])}`,
      );
      before = after;
    }
    const ratio = ratios.toSorted((a, b) => a - b)[looks >> 1] as number;
    const story = `payments without and beside a run of ${stories.join('; ')}; p99 in the middle ${ratio.toFixed(2)} ×`;
    console.log(story);
    expect(ratio, story).toBeLessThanOrEqual(p99RatioMax);
  },
  // Filling a ledger of ten million entries takes minutes.
  looks * lookMsMax + 1_800_000,
);
