import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trafficOf } from '../testing/ledger-traffic.js';
import { reconcile, reported } from '../testing/reconcile.js';
import { connectToLedger } from './ledger-connection.js';

const kills = Number(process.env.SOAK_KILLS ?? 20);
const program = fileURLToPath(new URL('../../dist/testing/reconcile-main.js', import.meta.url));

let api: TestPlatform;
let url: string;
beforeAll(async () => {
  api = await startTestPlatform();
  url = api.scratch.database.urlAs('wallet_workers');
});
afterAll(() => api?.close());

const sql = (text: string, values: unknown[] = []) => api.scratch.database.admin.query(text, values);

/** Goes on with the run that is there. */
function start(): { child: ChildProcess; exited: Promise<unknown> } {
  const child = spawn(process.execPath, [program, url], {
    env: { ...process.env, STALE_MS: '300' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { child, exited: once(child, 'exit') };
}

it(`finds the same, killed ${kills} times, as undisturbed, and its progress only rises`, async () => {
  const traffic = await trafficOf(api, 24);
  await sleep(15_000);
  await traffic.stop();
  const walletId = await api.funded('10');
  await sql('UPDATE wallets SET balance = balance + 1, day_in = day_in + 2 WHERE wallet_id = $1', [walletId]);
  await sql(
    `UPDATE ledger_batches SET merkle_root = sha256('forged'), figures = figures || '{"succeeded": 7}' WHERE batch_seq = 5`,
  );
  await sql('UPDATE refund_totals SET refunded = refunded + 1 WHERE refunds = 1');
  const reader = await connectToLedger(url);
  const killedIn = new Map<string, number>();
  try {
    for (let killed = 0, round = 0; killed < kills; round++) {
      const mode = round % 2 === 0 ? 'full' : 'incremental';
      await sql('DELETE FROM reconciliation_checkpoints');
      const { runId: _, ...whole } = await reconcile(url, mode);
      expect(whole.findings.length).toBeGreaterThan(4);
      await sql('DELETE FROM reconciliation_checkpoints');
      const runId = randomUUID();
      await sql(`INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES ($1, $2, 'tests')`, [runId, mode]);
      const runOf = async () => {
        const { rows } = await sql(
          `SELECT status, attempt, done::int, place->>'phase' AS phase FROM reconciliation_runs WHERE run_id = $1`,
          [runId],
        );
        return rows[0];
      };
      for (let before = await runOf(), ended = false; !ended; ) {
        const { child, exited } = start();
        // Not while it starts: in the middle of its work.
        while (child.exitCode === null && (await runOf()).attempt === before.attempt) await sleep(20);
        if (killed < kills) await Promise.race([exited, sleep(Math.random() * 1_500)]);
        else await exited;
        const isKilled = child.exitCode === null;
        if (isKilled) child.kill('SIGKILL');
        await exited;
        const run = await runOf();
        if (isKilled && run.status === 'RUNNING') {
          killed += 1;
          killedIn.set(run.phase, (killedIn.get(run.phase) ?? 0) + 1);
        }
        expect(run.done).toBeGreaterThanOrEqual(before.done);
        before = run;
        ended = ['CLEAN', 'BREAKS', 'FAILED'].includes(run.status);
      }
      expect(await reported(reader, runId)).toEqual(whole);
    }
    console.log(`killed ${JSON.stringify(Object.fromEntries(killedIn))}`);
    // Others are too short to be met by chance: the integration test has all of them.
    expect([...killedIn.keys()]).toEqual(expect.arrayContaining(['batches', 'wallets']));
  } finally {
    await reader.end();
  }
}, 1_800_000);
