import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../database.js';
import { assertAttempt, StaleAttemptError } from './assert-attempt.js';
import type { Job, RunContext } from './job.js';
import { JobMetrics } from './job-metrics.js';
import { JobRunner } from './job-runner.js';
import { triesMax } from './run-store.js';

const log = pino({ level: 'silent' });
/** A run lives for longer than a busy machine keeps its beats waiting: whose run is lost here, a test says. */
const pace = { lookEveryMs: 20, beatEveryMs: 50, livesMs: 20_000 };
let scratch: ScratchDatabase;
let database: Database;
const runners: JobRunner[] = [];
const registry = new Registry();
const metrics = new JobMetrics(registry);
/** Of a job's attempts here, by outcome; the zeros, with which it begins, are left out. */
const counted = async (job: string) => Object.fromEntries((await outcomes(job)).filter(([, count]) => count > 0));
/** All outcomes that are told of a job. */
const outcomes = async (job: string) =>
  [
    ...(await registry.metrics()).matchAll(
      /^wallet_workers_job_attempts_total\{job_name="(.*?)",outcome="(.*?)"\} (\d+)/gm,
    ),
  ]
    .filter(([, name]) => name === job)
    .map(([, , outcome = '', n]) => [outcome, Number(n)] as const);

beforeAll(async () => {
  scratch = await createScratchDatabase('schedule');
  database = openDatabase({ url: scratch.urlAs('wallet_workers'), connectionsMax: 16 }, log);
  await scratch.admin.query('CREATE TABLE done (job text, due_at timestamptz, attempt int)');
  await scratch.admin.query('GRANT INSERT ON done TO wallet_workers');
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await scratch.admin.query('DELETE FROM job_schedules');
  await scratch.admin.query('DELETE FROM done');
});
afterAll(async () => {
  await database?.end();
  await scratch?.drop();
});

async function start(...jobs: Job[]): Promise<JobRunner> {
  const runner = new JobRunner(database, jobs, { worker: `worker-${runners.length}`, log, pace, metrics });
  runners.push(runner);
  await runner.start();
  return runner;
}

/** Its next slot was so long ago. */
function missed(job: string, ago: string) {
  return scratch.admin.query(
    `UPDATE job_schedules SET next_due_at = date_trunc('minute', clock_timestamp()) - $2::interval WHERE job = $1`,
    [job, ago],
  );
}

async function ask(job: string): Promise<{ outcome: string; run_id: string }> {
  const { rows } = await scratch.admin.query('SELECT * FROM request_job_run(gen_random_uuid(), $1, $2, NULL)', [
    ...[job, 'user:ann'],
  ]);
  return rows[0];
}

async function runsOf(job: string) {
  const { rows } = await scratch.admin.query('SELECT * FROM job_runs WHERE job = $1 ORDER BY due_at', [job]);
  return rows;
}

const ended = (job: string) =>
  vi.waitFor(async () => expect((await runsOf(job)).at(-1)?.finished_at).toBeTruthy(), 15_000);

/** Writes that it is done, as jobs do. */
const write = ({ fence }: RunContext) =>
  inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    await client.query('INSERT INTO done VALUES ($1, $2, $3)', [fence.job, fence.dueAt, fence.attempt]);
  });

const everySecond = { cron: '* * * * * *' };
const never = { cron: '0 0 1 1 *' };

test('five workers do each slot once', async () => {
  const job: Job = { name: 'tick', ...everySecond, run: (context) => write(context).then(() => ({ ok: true })) };
  for (let i = 0; i < 5; i++) await start(job);
  await vi.waitFor(async () => expect((await runsOf('tick')).length).toBeGreaterThan(2), 20_000);
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  const { rows } = await scratch.admin.query(
    'SELECT due_at, count(*)::int AS count FROM done GROUP BY due_at ORDER BY due_at',
  );
  expect(rows.map(({ count }) => count)).toEqual(rows.map(() => 1));
  expect(rows.length).toBeGreaterThan(1);
  // A slot that came due while they stopped is handed back; of slots that a busy machine missed only the last is done.
  const ended = (await runsOf('tick')).filter(({ status }) => status !== 'RUNNING');
  const dueOf = ({ due_at }: { due_at: Date }) => due_at.getTime();
  expect(ended.map(dueOf).sort()).toEqual(rows.map(dueOf));
  expect(ended).toMatchObject(rows.map(() => ({ status: 'SUCCEEDED', attempt: 1, result: { ok: true } })));
});

test('of two days that were missed only the last slot is made up for', async () => {
  const job: Job = { name: 'minutely', cron: '* * * * *', run: async () => ({}) };
  const first = await start(job);
  await first.stop();
  await missed('minutely', '2 days');
  for (let i = 0; i < 3; i++) await start(job);
  await ended('minutely');
  await sleep(200); // what came too often would come now
  const [run, ...others] = await runsOf('minutely');
  expect(others.filter(({ due_at }) => due_at.getTime() < run.started_at.getTime() - 60_000)).toEqual([]);
  expect(run.started_at.getTime() - run.due_at.getTime()).toBeLessThan(61_000);
});

test('a job that is new is not made up for', async () => {
  await start({ name: 'new', ...never, run: async () => ({}) });
  await sleep(100);
  expect(await runsOf('new')).toEqual([]);
});

test('by hand: it runs at once, once, is on record, and what runs is named to whoever asks beside it', async () => {
  let end = () => {};
  const going = new Promise<void>((resolve) => {
    end = resolve;
  });
  await start({
    name: 'hand',
    ...never,
    run: ({ progress }) => {
      progress({ half: true });
      return going.then(() => ({}));
    },
  });
  const asked = await ask('hand');
  expect(asked.outcome).toBe('ASKED');
  await vi.waitFor(async () => expect(await runsOf('hand')).toMatchObject([{ progress: { half: true } }]), 10_000);
  expect(await ask('hand')).toEqual({ outcome: 'RUNNING', run_id: asked.run_id });
  end();
  await ended('hand');
  expect(await ask('nobody')).toEqual({ outcome: 'NOT_FOUND', run_id: null });
  const { rows } = await scratch.admin.query(
    `SELECT caller, subject, detail FROM audit_log WHERE action = 'JOB_RUN_REQUESTED'`,
  );
  expect(rows).toEqual([{ caller: 'user:ann', subject: 'hand', detail: { after: { runId: asked.run_id } } }]);
});

test('a slot that is due while a run is not over waits for it', async () => {
  let end = () => {};
  const going = new Promise<void>((resolve) => {
    end = resolve;
  });
  const due: Date[] = [];
  await start({
    name: 'long',
    ...never,
    run: ({ dueAt }) => {
      due.push(dueAt);
      return going.then(() => ({}));
    },
  });
  await ask('long');
  await vi.waitFor(() => expect(due).toHaveLength(1), 10_000);
  await missed('long', '1 minute');
  await sleep(150);
  expect(due).toHaveLength(1);
  end();
  await vi.waitFor(() => expect(due).toHaveLength(2), 15_000);
});

test('an attempt whose worker is cut off is followed by another, and is refused what it writes late', async () => {
  const contexts: RunContext[] = [];
  const job: Job = {
    name: 'frozen',
    ...never,
    run: (context) => {
      contexts.push(context);
      return contexts.length === 1 ? new Promise(() => {}) : write(context).then(() => ({}));
    },
  };
  await start(job);
  await ask('frozen');
  await vi.waitFor(() => expect(contexts).toHaveLength(1), 10_000);
  // Its beats come to nothing, as those of a worker that is frozen.
  await scratch.admin.query(
    `UPDATE job_runs SET attempt = attempt + 1, claimable_at = clock_timestamp() WHERE job = 'frozen'`,
  );
  await vi.waitFor(() => expect(contexts[0]?.signal.aborted).toBe(true), 10_000);
  await ended('frozen');
  await expect(write(contexts[0] as RunContext)).rejects.toThrow(StaleAttemptError);
  await expect(write(contexts[1] as RunContext)).rejects.toThrow(StaleAttemptError); // it is over
  const { rows } = await scratch.admin.query('SELECT attempt FROM done');
  expect(rows).toEqual([{ attempt: 3 }]);
  await vi.waitFor(async () => expect(await counted('frozen')).toEqual({ LOST: 1, SUCCEEDED: 1 }), 10_000);
});

test('while an attempt commits what it wrote no other begins', async () => {
  let context: RunContext | undefined;
  await start({
    name: 'commits',
    ...never,
    run: (given) => {
      context = given;
      return new Promise((_, reject) => given.signal.addEventListener('abort', () => reject(given.signal.reason)));
    },
  });
  await ask('commits');
  await vi.waitFor(() => expect(context).toBeDefined(), 10_000);
  const fence = (context as RunContext).fence;
  await inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    const claimed = await scratch.admin.query(`SELECT FROM job_runs WHERE job = 'commits' FOR UPDATE SKIP LOCKED`);
    expect(claimed.rowCount).toBe(0);
  });
});

test('a run that fails is tried again, and in the end is FAILED with its reason', async () => {
  let count = 0;
  await start({
    name: 'failing',
    ...never,
    run: async () => {
      count += 1;
      throw new Error(`failure \0 ${count}`);
    },
  });
  await ask('failing');
  for (let i = 1; i <= triesMax; i++) {
    await vi.waitFor(async () => expect((await runsOf('failing'))[0].error).toBe(`failure  ${i}`), 15_000);
    await scratch.admin.query(`UPDATE job_runs SET claimable_at = clock_timestamp() WHERE job = 'failing'`);
  }
  await ended('failing');
  expect(await runsOf('failing')).toMatchObject([{ status: 'FAILED', attempt: triesMax }]);
  await vi.waitFor(async () => expect(await counted('failing')).toEqual({ AGAIN: triesMax - 1, FAILED: 1 }), 10_000);
});

test('a worker that stops hands its run back, which costs the run no try', async () => {
  const attempts: number[] = [];
  const job: Job = {
    name: 'handed',
    ...never,
    run: ({ signal, fence }) =>
      new Promise((resolve, reject) => {
        attempts.push(fence.attempt);
        if (attempts.length > 1) resolve({});
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const first = await start(job);
  await ask('handed');
  await vi.waitFor(() => expect(attempts).toEqual([1]), 10_000);
  await first.stop();
  await start(job);
  await ended('handed');
  // Who stops may have claimed it once more, and hands it back again.
  const [run] = await runsOf('handed');
  expect(run).toMatchObject({ status: 'SUCCEEDED', tries: 1 });
  const handedBack = run.attempt - 1;
  expect(handedBack).toBeGreaterThan(0);
  await vi.waitFor(
    async () => expect(await counted('handed')).toEqual({ HANDED_BACK: handedBack, SUCCEEDED: 1 }),
    10_000,
  );
});

test('an attempt that takes longer than it may is given up', async () => {
  await start({ name: 'slow', ...never, timeLimitMs: 100, run: () => new Promise(() => {}) });
  await ask('slow');
  await vi.waitFor(async () => expect((await runsOf('slow'))[0].error).toMatch(/timeout/i), 15_000);
});

test('a process that is frozen in the middle of a run writes nothing more when it goes on', async () => {
  await scratch.admin.query(
    'CREATE TABLE effects (job text, due_at timestamptz, step int, attempt int, at timestamptz DEFAULT clock_timestamp())',
  );
  await scratch.admin.query('GRANT SELECT, INSERT ON effects TO wallet_workers');
  const started: ChildProcess[] = [];
  const scheduler = (name: string) => {
    const main = new URL('../../dist/testing/scheduler-main.js', import.meta.url).pathname;
    const env = { ...process.env, DATABASE_URL: scratch.urlAs('wallet_workers'), SCHEDULER_NAME: name };
    const one = spawn(process.execPath, [main], { env, stdio: 'ignore' });
    started.push(one);
    return one;
  };
  try {
    const frozen = scheduler('frozen');
    const found = (query: string, ...values: unknown[]) =>
      vi.waitFor(
        async () => {
          const { rows } = await scratch.admin.query(query, values);
          expect(rows).not.toEqual([]);
          return rows[0];
        },
        { timeout: 40_000, interval: 20 },
      );
    const { due_at } = await found(
      `SELECT r.due_at FROM job_runs r JOIN effects USING (job, due_at) WHERE job = 'slow' AND status = 'RUNNING'`,
    );
    frozen.kill('SIGSTOP');
    scheduler('other');
    await found(
      `SELECT FROM job_runs WHERE job = 'slow' AND due_at = $1 AND status = 'SUCCEEDED' AND attempt = 2`,
      due_at,
    );
    frozen.kill('SIGCONT');
    // It goes on, and is done with it.
    await found(`SELECT FROM job_runs WHERE worker = 'frozen' AND due_at > $1 AND status = 'SUCCEEDED'`, due_at);
    const { rows } = await scratch.admin.query(
      `SELECT step, attempt FROM effects WHERE job = 'slow' AND due_at = $1 ORDER BY at`,
      [due_at],
    );
    expect(rows).toEqual([
      { step: 1, attempt: 1 },
      { step: 2, attempt: 2 },
    ]);
  } finally {
    for (const one of started) one.kill('SIGKILL');
  }
});
