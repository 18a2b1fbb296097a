import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import type { Surroundings } from '../parts.js';
import { JobRunner } from '../schedule/job-runner.js';
import { makeSummary } from '../summaries/make-summary.js';
import { digestsJob } from './digests-job.js';

const log = pino({ level: 'silent' });
let scratch: ScratchDatabase;
let database: Database;
let server: Server;
let reply: (respond: (status: number, body: unknown) => void) => void = () => {};

beforeAll(async () => {
  scratch = await createScratchDatabase('digest');
  database = openDatabase({ url: scratch.urlAs('wallet_workers'), connectionsMax: 8 }, log);
  server = createServer((request, response) => {
    request.resume();
    reply((status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  await scratch.admin.query(
    `INSERT INTO ledger_minutes (minute, batches, succeeded, failed, figures, latency)
     SELECT m, 1, 100, 2, '{"failuresByCode": {"INSUFFICIENT_FUNDS": 2}}', '{0,0,0,102}'
       FROM generate_series('2026-11-23'::timestamptz AT TIME ZONE 'UTC', '2026-11-26 23:59'::timestamptz AT TIME ZONE 'UTC', interval '1 minute') m`,
  );
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await database?.end();
  await scratch?.drop();
});

test('a digest that is asked for is sent once, with the sums of SQL', async () => {
  const asked = `SELECT request_digest('01a204c4-5be4-733a-8403-d060098f0282', 'ann@example.com', '2026-11-24', 'user:ann', NULL) AS ok`;
  expect((await scratch.admin.query(asked)).rows).toEqual([{ ok: true }]);
  const metrics = new Registry();
  const surroundings = { database, log, metrics, config: { consoleUrl: null } } as unknown as Surroundings;
  const pace = { lookEveryMs: 20, beatEveryMs: 100, livesMs: 2_000 };
  const runner = new JobRunner(database, [digestsJob(surroundings)], 'worker', log, pace);
  await runner.start();
  await scratch.admin.query(`SELECT * FROM request_job_run(gen_random_uuid(), 'digests', 'user:ann', NULL)`);
  const mails = await vi.waitFor(async () => {
    const { rows } = await scratch.admin.query('SELECT recipient, text_body, html_body FROM mails');
    expect(rows).toHaveLength(1);
    return rows;
  }, 10_000);
  await runner.stop();
  const { rows } = await scratch.admin.query(
    `SELECT sum(succeeded) AS s, sum(failed) AS f FROM ledger_minutes WHERE minute >= '2026-11-24Z' AND minute < '2026-11-25Z'`,
  );
  const grouped = (n: string) => Number(n).toLocaleString('en-US');
  for (const body of [mails[0].text_body, mails[0].html_body]) {
    expect(body).toContain(grouped(rows[0].s));
    expect(body).toContain(grouped(rows[0].f));
  }
  expect(mails[0].html_body.length).toBeLessThan(80_000);
  const { rows: digests } = await scratch.admin.query('SELECT status, tries FROM digests');
  expect(digests).toEqual([{ status: 'SENT', tries: 1 }]);
});

const completion = (content: unknown, extra = {}) => ({
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, ...extra } }],
});
const says = (summary: string) => completion(JSON.stringify({ summary }));

async function summaryOf(respond: typeof reply, tokens = 1_000_000) {
  reply = respond;
  const { rows } = await scratch.admin.query(
    `INSERT INTO summary_requests (request_id, summary_date, requested_by) VALUES (gen_random_uuid(), '2026-11-24', 'x') RETURNING request_id`,
  );
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const model = { apiKey: 'k', baseUrl, name: 'm', tokensPerDayMax: tokens, tokensPerMonthMax: tokens };
  expect(await makeSummary(database, model, rows[0].request_id, 1_500)).toBe(true);
  const made = await scratch.admin.query(
    'SELECT summary_type AS type, content, reason FROM ai_summaries ORDER BY summary_id DESC LIMIT 1',
  );
  return made.rows[0];
}

test('a good answer is stored with the facts in place', async () => {
  const made = await summaryOf((respond) => respond(200, says('The day: {succeeded}, and {failed}.')));
  expect(made).toEqual({
    type: 'AI',
    content: 'The day: transactions that succeeded: 144,000, and transactions that were refused: 2,880.',
    reason: null,
  });
});

test.each<[string, typeof reply]>([
  ['a number', (respond) => respond(200, says('{succeeded} {failed} 17'))],
  ['broken JSON', (respond) => respond(200, completion('{"summary": '))],
  ['a refusal', (respond) => respond(200, completion(null, { refusal: 'no' }))],
  ['no choices', (respond) => respond(200, { id: 'c', choices: [] })],
  ['429', (respond) => respond(429, { error: { message: 'slow down' } })],
  ['no JSON at all', (respond) => respond(200, '<html>')],
  ['nothing', () => {}],
])('%s makes the plain summary, marked so', async (_, respond) => {
  const made = await summaryOf(respond);
  expect(made.type).toBe('FALLBACK');
  expect(made.reason).not.toBe('');
  expect(made.content).toContain('Transactions that succeeded: 144,000.');
});

test('the tokens that are used up stay used up', async () => {
  const made = await summaryOf((respond) => respond(200, says('{succeeded} {failed}')), 10_000);
  expect(made).toMatchObject({ type: 'FALLBACK', reason: expect.stringContaining('used up') });
});
