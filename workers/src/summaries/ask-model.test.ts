import { afterAll, expect, test } from 'vitest';
import { badAnswers, goodAnswers } from '../testing/model-answers.js';
import { json, ModelServer, says } from '../testing/model-server.js';
import { askModel } from './ask-model.js';

const facts = {
  succeeded: 'transactions that succeeded: 4,812',
  succeeded_trend: 'compared with the day before, successes fell from 5,000 to 4,812',
  failed: 'transactions that were refused: 12',
  failed_trend: 'compared with the day before, refusals rose from 8 to 12',
};
const servers: ModelServer[] = [];
/** Whoever asks for tokens gets them. */
const database = { query: async () => ({ rows: [{ ok: true }] }) } as never;

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function asked(behave: ModelServer['behave'], budgetMs = 1_500) {
  const server = new ModelServer();
  servers.push(server);
  await server.start();
  server.behave = behave;
  const model = { apiKey: 'sk-secret', baseUrl: server.baseUrl, name: 'm', tokensPerDayMax: 1, tokensPerMonthMax: 1 };
  return { answer: await askModel(facts, { database, model, budgetMs, pauseMs: 5 }), tries: server.prompts.length };
}

const first = <T>(from: readonly T[]) => from[0] as T;
const last = <T>(from: readonly T[]) => from.at(-1) as T;

test.concurrent.each(Object.entries(goodAnswers))('%s: is taken, with the facts in place', async (_, make) => {
  const { answer, tries } = await asked(make(first, 7));
  expect([tries, answer]).toEqual([1, { text: expect.stringContaining(facts.failed) }]);
  expect(answer).toEqual({ text: expect.stringContaining(facts.succeeded) });
});

test.concurrent.each(Object.entries(badAnswers))('%s: nothing of it is used, and why is said', async (_, make) => {
  for (const pick of [first, last]) {
    const { answer, tries } = await asked(make(pick, 7));
    expect(answer).toEqual({ refused: expect.stringMatching(/^.{10,100}$/) });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(tries).toBeGreaterThan(0);
  }
});

test.concurrent('a good answer after a bad one counts', async () => {
  let count = 0;
  const { answer } = await asked((response) =>
    json(response, 200, says(`{succeeded}, {failed}${count++ === 0 ? ' 17' : ''}`)),
  );
  expect(answer).toEqual({ text: `${facts.succeeded}, ${facts.failed}` });
});
