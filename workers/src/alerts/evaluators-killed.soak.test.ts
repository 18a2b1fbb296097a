import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';

/*
 * Three programs judge alerts; the one that has the lease is killed or frozen about when it raises, others take over, and it comes back.
 * Whatever dies when: one alert, and one mail to each.
 */

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const seed = Number(process.env.ALERTS_SEED ?? Math.floor(Math.random() * 1e9));
const rounds = Number(process.env.ALERTS_ROUNDS ?? 10);
/** From the burst to the blow: about as long as it takes until the burst's second is closed and judged. */
const blowWithinMs = 3_500;
const takeoverMs = 40_000;

let stage: WorkersScratch;
let owner: pg.Pool;
const programs = new Map<string, ChildProcess>();

beforeAll(async () => {
  stage = await openWorkersScratch({ WORKER_PARTS: 'alerts', ALERT_EVERY: '1s' });
  owner = new pg.Pool({ connectionString: stage.scratch.url, max: 4 });
  await owner.query(`UPDATE alert_configurations SET recipients = '{ann@example.com,bob@example.com}'`);
  await owner.query(`UPDATE alert_configurations SET enabled = false WHERE alert_type <> 'FAILURE_RATE'`);
  for (const name of ['workers-1', 'workers-2', 'workers-3']) start(name);
});
afterAll(async () => {
  for (const program of programs.values()) {
    program.kill('SIGCONT');
    program.kill('SIGKILL');
  }
  await owner?.end();
  await stage?.close();
});

function start(name: string): void {
  const env = { ...process.env, ...stage.env, WORKER_NAME: name, WORKER_HEALTH_PORT: '0' };
  programs.set(name, spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'inherit'] }));
}

const rows = async (text: string) => (await owner.query(text)).rows;
/** Who has judged since then. */
async function judgedSince(since: Date, isNot: string | null): Promise<string> {
  return vi.waitFor(
    async () => {
      const [state] = await rows('SELECT holder_name, beat_at FROM alert_evaluator');
      expect(state.beat_at?.getTime() ?? 0).toBeGreaterThan(since.getTime());
      expect(state.holder_name).not.toBe(isNot);
      return state.holder_name as string;
    },
    { timeout: takeoverMs, interval: 100 },
  );
}
const databaseTime = async () => (await rows('SELECT clock_timestamp() AS now'))[0].now as Date;

async function burst(): Promise<void> {
  const latency = Array.from({ length: 33 }, (_, i) => (i === 4 ? 100 : 0));
  await owner.query(
    `INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at)
     VALUES ($1, 1, '{}', '{"succeeded": 20, "failed": 80, "failuresByCode": {"INSUFFICIENT_FUNDS": 80}}', $2, '', '', '', clock_timestamp())`,
    [randomUUID(), latency],
  );
}

test(`evaluators are killed and frozen in the middle: one alert and one mail each (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const raisedBy: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await owner.query('TRUNCATE alerts, alert_history, alert_keys, alert_events, mails, ledger_batches');
    const holder = await judgedSince(await databaseTime(), null);
    const program = programs.get(holder) as ChildProcess;
    await burst();
    await sleep(random() * blowWithinMs);
    const isKilled = round % 2 === 0;
    const wasRaised = (await rows('SELECT FROM alerts')).length > 0;
    program.kill(isKilled ? 'SIGKILL' : 'SIGSTOP');
    if (isKilled) {
      await once(program, 'exit');
      start(holder);
    }
    const successor = await judgedSince(await databaseTime(), isKilled ? null : holder);
    raisedBy.push(wasRaised ? holder : successor);
    await vi.waitFor(async () => expect(await rows('SELECT FROM alerts')).toHaveLength(1), takeoverMs);
    if (!isKilled) program.kill('SIGCONT');
    // What was frozen writes down what it had seen, or would; and everybody judges a few times more.
    for (let i = 0; i < 3; i += 1) await judgedSince(await databaseTime(), null);
    const story = `round ${round}, ${isKilled ? 'killed' : 'frozen'} ${wasRaised ? 'after' : 'before'} it was raised`;
    expect(await rows('SELECT alert_type, status FROM alerts'), story).toEqual([
      { alert_type: 'FAILURE_RATE', status: 'PENDING' },
    ]);
    expect(await rows('SELECT recipient FROM mails ORDER BY recipient'), story).toEqual([
      { recipient: 'ann@example.com' },
      { recipient: 'bob@example.com' },
    ]);
    expect(await rows('SELECT event FROM alert_history ORDER BY history_id'), story).toEqual([
      { event: 'RAISED' },
      { event: 'NOTIFIED' },
    ]);
    expect(await rows('SELECT type FROM alert_events'), story).toEqual([{ type: 'alert.raised' }]);
  }
  console.log(`raised by: ${raisedBy.join(', ')}`);
});
