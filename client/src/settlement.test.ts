import { afterEach, expect, it } from 'vitest';
import { createClient } from './index.js';
import { cut, json, problem, ScriptedServer, type Step } from './testing/scripted-server.js';

let server: ScriptedServer;
afterEach(() => server.close());

async function against(...steps: Step[]) {
  server = await ScriptedServer.start(...steps);
  return createClient({ baseUrl: server.url, pause: { firstMs: 1, maxMs: 2 } });
}

/** Nothing yet, and final so many milliseconds after the answer, by the server's clock, which is years ahead. */
function nothing(finalInMs: number): Step {
  const atMs = Date.parse('2099-01-01T00:00:00Z');
  const finalAfter = new Date(atMs + finalInMs).toISOString();
  return json(200, { items: [], finalAfter }, { date: new Date(atMs).toUTCString() });
}
const recorded = json(200, { items: [{ transactionId: 'made', status: 'SUCCESS' }] });

it('tells what a key made', async () => {
  const client = await against(cut, recorded);
  expect(await client.settle('a key')).toEqual({
    ...{ kind: 'RECORDED', transactions: [{ transactionId: 'made', status: 'SUCCESS' }] },
  });
  expect(server.arrived[0]?.path).toBe('/api/payments?idempotencyKey=a+key');
});

it('nothing is final only after the time that the answer says, whatever the clock here', async () => {
  const client = await against(nothing(300), nothing(300));
  expect(await client.settle('k')).toEqual({ kind: 'NEVER' });
  const [first, second] = server.arrived;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(299);
});

it('what was recorded meanwhile is found', async () => {
  const client = await against(nothing(100), recorded);
  expect(await client.settle('k')).toMatchObject({ kind: 'RECORDED' });
});

it('without the time to wait it stays open', async () => {
  const client = await against(nothing(60_000));
  expect(await client.settle('k', { deadlineMs: 5_000 })).toEqual({
    ...{ kind: 'OPEN', finalAfter: '2099-01-01T00:01:00.000Z' },
  });
  expect(server.arrived).toHaveLength(1);
});

it('nothing without a time is no answer', async () => {
  const client = await against(json(200, { items: [] }), recorded);
  expect(await client.settle('k')).toMatchObject({ kind: 'RECORDED' });
});

it('tells what was archived', async () => {
  const client = await against(problem(410, 'ANSWER_ARCHIVED'));
  expect(await client.settle('k')).toEqual({ kind: 'ARCHIVED' });
});
