import { payment } from '@smart-wallet/gateway/testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { wrongIn } from '../testing/judge-summary.js';
import { badAnswers, goodAnswers } from '../testing/model-answers.js';
import { ModelServer } from '../testing/model-server.js';
import { makeSummary } from './make-summary.js';

const server = new ModelServer();
let api: TestPlatform;
let database: Database;

beforeAll(async () => {
  await server.start();
  api = await startTestPlatform();
  database = openDatabase(
    { url: api.scratch.database.urlAs('wallet_workers'), connectionsMax: 8 },
    pino({ level: 'silent' }),
  );
  const [from, to] = [await api.funded('1234.56'), await api.wallet()];
  for (const amount of ['0.01', '12.50', '5000']) await api.post('/api/payments', payment(from, to, amount));
});
afterAll(async () => {
  await database?.end();
  await api?.close();
  await server.stop();
});

test('of 1,000 answers of a model, most of them wrong, no wrong summary is stored', async () => {
  const random = seededRandom(12);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const { admin } = api.scratch.database;
  const date = (await admin.query(`SELECT max(created_at AT TIME ZONE 'UTC')::date::text AS date FROM transactions`))
    .rows[0].date;
  const answered = new Map<string, number>();
  server.behave = (response, asked) => {
    const [name, make] = pick(Object.entries(random() < 0.15 ? goodAnswers : badAnswers));
    answered.set(name, (answered.get(name) ?? 0) + 1);
    make(pick, Math.floor(random() * 100_000))(response, asked);
  };
  const tokens = 10 ** 12;
  const model = { apiKey: 'k', baseUrl: server.baseUrl, name: 'm', tokensPerDayMax: tokens, tokensPerMonthMax: tokens };
  const ask = async () => {
    while (server.prompts.length < 1_000) {
      const { rows } = await admin.query(
        `INSERT INTO summary_requests (request_id, summary_date, requested_by) VALUES (gen_random_uuid(), $1, 'x') RETURNING request_id AS id`,
        [date],
      );
      await makeSummary(database, model, rows[0].id, { budgetMs: 2_000, pauseMs: 5 });
    }
  };
  await Promise.all(Array.from({ length: 6 }, ask));
  const { rows: summaries } = await admin.query(
    'SELECT summary_type AS type, content, facts, reason FROM ai_summaries',
  );
  const { rows: requests } = await admin.query(
    'SELECT count(*)::int AS n FROM summary_requests WHERE summary_id IS NULL',
  );
  const wrong = [];
  for (const summary of summaries) {
    const why = await wrongIn(summary, admin, date);
    if (why !== null) wrong.push([why, summary.content]);
  }
  const ai = summaries.filter(({ type }) => type === 'AI').length;
  console.log({
    answers: server.prompts.length,
    summaries: summaries.length,
    ai,
    kinds: answered.size,
    wrong: wrong.length,
  });
  expect(wrong).toEqual([]);
  expect(requests[0].n).toBe(0);
  expect(answered.size).toBe(Object.keys({ ...goodAnswers, ...badAnswers }).length);
  expect(ai).toBeGreaterThan(50);
});
