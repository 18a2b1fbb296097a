import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { payment } from '@smart-wallet/gateway/testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { startTestProgram } from '@smart-wallet/local-stack/test-program.mjs';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../database.js';
import type { Surroundings } from '../parts.js';
import { wrongIn } from '../testing/judge-summary.js';
import { json, ModelServer, says } from '../testing/model-server.js';
import { dailySummaryJob } from './daily-summary-job.js';
import { makeSummary } from './make-summary.js';

/** A platform with a few payments, a model's server, and workers that make summaries. */
const server = new ModelServer();
let api: TestPlatform;
let database: Database;
let date: string;
const programs: ChildProcess[] = [];

beforeAll(async () => {
  await server.start();
  api = await startTestPlatform();
  database = openDatabase(
    { url: api.scratch.database.urlAs('wallet_workers'), connectionsMax: 4 },
    pino({ level: 'silent' }),
  );
  const [from, to] = [await api.funded('1234.56'), await api.wallet()];
  for (const amount of ['0.01', '12.50', '1000']) await api.post('/api/payments', payment(from, to, amount));
  for (const amount of ['5000', '6000']) await api.post('/api/payments', payment(from, to, amount));
  date = (await sql("SELECT max(created_at AT TIME ZONE 'UTC')::date::text AS date FROM transactions"))[0].date;
});
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});
afterAll(async () => {
  await database?.end();
  await api?.close();
  await server.stop();
});

const sql = async (text: string, values: unknown[] = []) => (await api.scratch.database.admin.query(text, values)).rows;
const good = 'The day: {succeeded}, and {failed}.';

async function summaryOf(tokens = 10 ** 9) {
  const [{ request_id: requestId }] = await sql(
    `INSERT INTO summary_requests (request_id, summary_date, requested_by) VALUES (gen_random_uuid(), $1, 'x') RETURNING request_id`,
    [date],
  );
  const model = { apiKey: 'k', baseUrl: server.baseUrl, name: 'm', tokensPerDayMax: tokens, tokensPerMonthMax: tokens };
  await makeSummary(database, model, requestId, { budgetMs: 800, pauseMs: 5 });
  return stored(requestId);
}

async function stored(requestId: string) {
  const rows = await sql(
    `SELECT summary_type AS type, content, facts, reason, model FROM ai_summaries JOIN summary_requests USING (summary_id) WHERE request_id = $1`,
    [requestId],
  );
  return rows[0];
}

const wrong = (summary: Parameters<typeof wrongIn>[0]) => wrongIn(summary, api.scratch.database.admin, date);

describe('what a model answers', () => {
  test('is stored with the facts in place, or makes the plain summary, marked so', async () => {
    server.behave = (response) => json(response, 200, says(good));
    const written = await summaryOf();
    server.behave = (response) => json(response, 200, says(`${good} 17`));
    const plain = await summaryOf();
    expect([written.type, written.model, written.reason]).toEqual(['AI', 'm', null]);
    expect([plain.type, plain.model, plain.reason]).toEqual(['FALLBACK', null, expect.stringContaining('characters')]);
    expect([await wrong(written), await wrong(plain)]).toEqual([null, null]);
  });

  test('it is asked with figures alone: no ids, nothing that a caller wrote', async () => {
    server.prompts.length = 0;
    server.behave = (response) => json(response, 200, says(good));
    await summaryOf();
    expect(server.prompts).toHaveLength(1);
    expect(server.prompts[0]).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(server.prompts[0]).toContain('1,012.51 EUR');
  });
});

test('tokens that are used up stay used up', async () => {
  const [{ tokens }] = await sql('SELECT tokens::int FROM model_days');
  server.prompts.length = 0;
  expect(await summaryOf(tokens)).toMatchObject({ type: 'FALLBACK', reason: expect.stringContaining('used up') });
  expect(server.prompts).toEqual([]);
});

test('of a day that is over waits until the day is closed, for ten minutes', async () => {
  const [{ request_id: requestId }] = await sql(
    `INSERT INTO summary_requests (request_id, summary_date, requested_by)
     VALUES (gen_random_uuid(), $1::date - 1, 'x') RETURNING request_id`,
    [date],
  );
  // For who looks here first, no minute is closed.
  await sql('CREATE SCHEMA unclosed CREATE TABLE ledger_minutes (LIKE public.ledger_minutes)');
  await sql('GRANT USAGE ON SCHEMA unclosed TO wallet_workers');
  await sql('GRANT SELECT ON unclosed.ledger_minutes TO wallet_workers');
  const url = new URL(api.scratch.database.urlAs('wallet_workers'));
  url.searchParams.set('options', '-c search_path=unclosed,public');
  const unclosed = openDatabase({ url: url.href, connectionsMax: 1 }, pino({ level: 'silent' }));
  onTestFinished(() => unclosed.end());
  expect(await makeSummary(unclosed, null, requestId)).toBe('OPEN');
  const waits = await sql(
    `SELECT taken_until AS taken, extract(epoch FROM queued_until - clock_timestamp())::float8 AS s
       FROM summary_requests WHERE request_id = $1 AND summary_id IS NULL`,
    [requestId],
  );
  expect(waits).toEqual([{ taken: null, s: expect.any(Number) }]);
  expect(waits[0].s).toBeGreaterThan(5);
  expect(waits[0].s).toBeLessThanOrEqual(10);
  await sql(`UPDATE summary_requests SET requested_at = requested_at - interval '10 minutes' WHERE request_id = $1`, [
    requestId,
  ]);
  expect(await makeSummary(unclosed, null, requestId)).toMatchObject({ type: 'FALLBACK' });
  expect(await stored(requestId)).toMatchObject({ content: expect.stringContaining('not all of it is closed') });
});

describe('the workers', () => {
  function program(env: Record<string, string> = {}): ChildProcess {
    const main = new URL('../../dist/main.js', import.meta.url).pathname;
    const all = {
      ...{
        WORKER_PARTS: 'summaries',
        DATABASE_URL: api.scratch.database.urlAs('wallet_workers'),
        SMTP_URL: 'smtp://127.0.0.1:1',
      },
      ...{ AMQP_URL: process.env.TEST_AMQP_URL, WALLET_NAMESPACE: api.scratch.namespace, LOG_LEVEL: 'warn' },
      ...{
        OPENAI_API_KEY: 'k',
        OPENAI_BASE_URL: server.baseUrl,
        MODEL_TOKENS_PER_DAY: '100000000',
        MODEL_TOKENS_PER_MONTH: '100000000',
      },
    };
    const started = startTestProgram(main, { ...all, ...env });
    started.stdout.resume();
    programs.push(started);
    return started;
  }
  const made = (requestId: string) =>
    vi.waitFor(async () => {
      const summary = await stored(requestId);
      expect(summary).toBeDefined();
      return summary;
    }, 20_000);

  test('make what the API is asked for, and one that dies between the answer and its row doubles nothing', async () => {
    const reserved = async () => Number((await sql('SELECT coalesce(sum(tokens), 0) AS n FROM model_days'))[0].n);
    const before = await reserved();
    let asked = 0;
    let answer = () => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.behave = (response) => {
      asked += 1;
      void mayAnswer.then(() => json(response, 200, says(good)));
    };
    const { status, body } = await api.call('POST', '/api/ai/summaries', { date });
    expect(status).toBe(202);
    const { requestId } = body;
    // Who has the answer waits for this row, and dies.
    const admin = await api.scratch.database.admin.connect();
    try {
      await admin.query('BEGIN');
      const waits = `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%summary_requests WHERE request_id%'`;
      const doomed = program();
      await vi.waitFor(() => expect(asked).toBe(1), 20_000);
      await admin.query('SELECT FROM summary_requests WHERE request_id = $1 FOR UPDATE', [requestId]);
      answer();
      await vi.waitFor(async () => expect(await sql(waits)).toHaveLength(1), 10_000);
      expect(asked).toBe(1);
      doomed.kill('SIGKILL');
      await once(doomed, 'exit');
    } finally {
      await admin.query('ROLLBACK');
      admin.release();
    }
    expect(await stored(requestId)).toBeUndefined();

    program();
    // The next one finds it taken, and leaves it alone until the dead one's time is over.
    await vi.waitFor(
      async () =>
        expect(
          await sql('SELECT FROM summary_requests WHERE queued_until = taken_until AND request_id = $1', [requestId]),
        ).toHaveLength(1),
      20_000,
    );
    await sql(
      'UPDATE summary_requests SET taken_until = clock_timestamp(), queued_until = clock_timestamp() WHERE request_id = $1',
      [requestId],
    );
    const summary = await made(requestId);
    expect([summary.type, await wrong(summary)]).toEqual(['AI', null]);
    const [{ newest }] = await sql(
      `SELECT count(*)::int AS newest FROM ai_summaries WHERE content = $1 AND created_at > (SELECT requested_at FROM summary_requests WHERE request_id = $2)`,
      [summary.content, requestId],
    );
    expect([newest, asked, (await reserved()) - before]).toEqual([1, 2, 2 * 9_000]);
    expect(await sql(`SELECT FROM dead_letters`)).toEqual([]);
    const { items } = await api.get(`/api/ai/summaries?from=${date}&to=${date}`);
    expect(items[0]).toMatchObject({ summaryType: 'AI', content: summary.content });
  }, 60_000);
});

test('at midnight the day that is over is asked for, and days that were missed, each once', async () => {
  const day = (back: number) =>
    new Date(Date.parse(`${date}T00:00:00Z`) - back * 86_400_000).toISOString().slice(0, 10);
  const dueAt = new Date(`${day(-3)}T00:00:00Z`);
  const job = dailySummaryJob({ database } as Surroundings);
  await sql(`INSERT INTO job_schedules VALUES ('daily-summary', '0 0 * * *', 'UTC', now())`);
  const run = async (at: Date) => {
    await sql(
      `INSERT INTO job_runs (run_id, job, due_at, attempt) VALUES (gen_random_uuid(), 'daily-summary', $1, 1)`,
      [at],
    );
    const fence = { job: 'daily-summary', dueAt: at, attempt: 1 };
    const result = await job.run({ fence, dueAt: at, runId: '', signal: new AbortController().signal, progress() {} });
    await sql(`UPDATE job_runs SET status = 'SUCCEEDED', finished_at = now() WHERE due_at = $1`, [at]);
    await expect(
      job.run({ fence, dueAt: at, runId: '', signal: new AbortController().signal, progress() {} }),
    ).rejects.toThrow(/attempt/);
    return result;
  };
  // None from before the ledger began.
  expect(await run(dueAt)).toEqual({ asked: [day(0), day(-1), day(-2)] });
  expect(await run(new Date(dueAt.getTime() + 86_400_000))).toEqual({ asked: [day(-3)] });
  expect(await run(new Date(dueAt.getTime() + 9 * 86_400_000))).toMatchObject({ asked: { length: 7 } });
  await inTransaction(database, async (client) => client.query(`DELETE FROM job_runs WHERE job = 'daily-summary'`));
});
