import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterAll, beforeAll, expect, test } from 'vitest';

const forMs = Number(process.env.SOAK_SECONDS ?? 180) * 1_000;
const schedulers = 5;
const random = seededRandom(5);
const running = new Map<number, { process: ChildProcess; frozen: boolean }>();
let scratch: ScratchDatabase;
let stopped = false;

beforeAll(async () => {
  scratch = await createScratchDatabase('schedulers');
  // No key: whatever is written twice is there twice. `by` is who wrote it, and when the database says so.
  await scratch.admin.query(
    'CREATE TABLE effects (job text, due_at timestamptz, step int, attempt int, at timestamptz NOT NULL DEFAULT clock_timestamp())',
  );
  await scratch.admin.query('GRANT SELECT, INSERT ON effects TO wallet_workers');
});
afterAll(async () => {
  stopped = true;
  for (const { process } of running.values()) {
    process.kill('SIGKILL');
    process.kill('SIGCONT');
  }
  await sleep(500);
  await scratch?.drop();
});

function start(number: number): void {
  if (stopped) return;
  const main = new URL('../../dist/testing/scheduler-main.js', import.meta.url).pathname;
  const env = { ...process.env, DATABASE_URL: scratch.urlAs('wallet_workers'), SCHEDULER_NAME: `scheduler-${number}` };
  running.set(number, { process: spawn(process.execPath, [main], { env, stdio: 'ignore' }), frozen: false });
}

async function rows(text: string, values: unknown[] = []) {
  return (await scratch.admin.query(text, values)).rows;
}

test('five schedulers that are killed and frozen at random do each slot once, and write nothing late', async () => {
  for (let i = 0; i < schedulers; i++) start(i);
  const counts = { kills: 0, freezes: 0 };
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await sleep(300 + random() * 1_500);
    const number = Math.floor(random() * schedulers);
    const one = running.get(number);
    if (one === undefined || one.frozen) continue;
    if (random() < 0.4) {
      counts.kills += 1;
      one.process.kill('SIGKILL');
      await once(one.process, 'exit');
      start(number);
      continue;
    }
    counts.freezes += 1;
    one.frozen = true;
    one.process.kill('SIGSTOP');
    // Some are back in time, some find that another attempt has begun.
    setTimeout(
      () => {
        one.process.kill('SIGCONT');
        one.frozen = false;
      },
      200 + random() * 6_000,
    );
  }
  // All that was begun is ended, by those who are there.
  await sleep(8_000);
  const opened = await rows(`SELECT count(*)::int AS n FROM job_runs WHERE status <> 'RUNNING'`);
  for (const { process } of running.values()) process.kill('SIGKILL');
  stopped = true;

  const ended = await rows(`SELECT job, due_at, status, attempt, error FROM job_runs WHERE status <> 'RUNNING'`);
  const twice = await rows('SELECT job, due_at, step, count(*)::int FROM effects GROUP BY 1, 2, 3 HAVING count(*) > 1');
  const half = await rows(
    `SELECT r.job, r.due_at FROM job_runs r WHERE status = 'SUCCEEDED'
        AND (SELECT count(*) FROM effects e WHERE (e.job, e.due_at) = (r.job, r.due_at)) <> 2`,
  );
  const unknown = await rows(
    'SELECT e.* FROM effects e WHERE NOT EXISTS (SELECT FROM job_runs r WHERE (e.job, e.due_at) = (r.job, r.due_at))',
  );
  // A later attempt wrote, and an earlier one after it.
  const stale = await rows(
    `SELECT a.* FROM effects a JOIN effects b ON (a.job, a.due_at) = (b.job, b.due_at) AND a.attempt < b.attempt AND a.at > b.at`,
  );
  const again = ended.filter(({ attempt }) => attempt > 1).length;
  const most = Math.max(...ended.map(({ attempt }) => attempt));
  console.log({
    ...counts,
    slots: ended.length,
    again,
    most,
    failed: ended.filter(({ status }) => status === 'FAILED').length,
  });
  expect({ twice, half, unknown, stale }).toEqual({ twice: [], half: [], unknown: [], stale: [] });
  expect(ended.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  expect(opened[0].n).toBeGreaterThan(forMs / 3_000);
  expect([counts.kills > 10, counts.freezes > 10, again > 10]).toEqual([true, true, true]);
});

test('all down for two days: each job is made up for once', async () => {
  await rows('DELETE FROM effects');
  await rows('DELETE FROM job_runs');
  await rows(`UPDATE job_schedules SET next_due_at = date_trunc('second', clock_timestamp()) - interval '2 days'`);
  const [{ now }] = await rows(`SELECT date_trunc('second', clock_timestamp()) AS now`);
  stopped = false;
  for (let i = 0; i < schedulers; i++) start(i);
  const made = () => rows('SELECT DISTINCT job FROM job_runs');
  await expect.poll(made, { timeout: 60_000, interval: 200 }).toHaveLength(3);
  // For more than one of each, and for slots of the two days.
  await sleep(5_000);
  for (const { process } of running.values()) process.kill('SIGKILL');
  stopped = true;
  const late = await rows('SELECT job, due_at FROM job_runs WHERE due_at < $1', [now]);
  expect(late).toEqual([]);
});
