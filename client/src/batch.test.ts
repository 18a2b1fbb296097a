import { afterEach, expect, it } from 'vitest';
import { createClient, WalletFault } from './index.js';
import { cut, json, problem, ScriptedServer, type Step } from './testing/scripted-server.js';

const payment = { senderWalletId: 'a', receiverWalletId: 'b', amount: '1.00', currency: 'EUR' };
let server: ScriptedServer;
afterEach(() => server.close());

const words = { type: '/api/problems/x', title: 't', detail: 'd', traceId: '0'.repeat(32) };
const done = (transactionId: string) => ({ status: 201, transaction: { transactionId } });
const not = (status: number, code: string, more: object = {}) => ({
  ...{ status, problem: { ...words, status, code, ...more } },
});

async function against(steps: Step[], attemptsMax = 10) {
  server = await ScriptedServer.start(...steps);
  return createClient({ baseUrl: server.url, pause: { firstMs: 1, maxMs: 2 }, attemptsMax });
}

const keysOf = ({ body }: { body: string }) =>
  (JSON.parse(body).payments as { idempotencyKey: string }[]).map(({ idempotencyKey }) => idempotencyKey);

const three = ['one', 'two', 'three'].map((idempotencyKey) => ({ ...payment, idempotencyKey }));

it('asks again only for what had no answer that helps, each with its key', async () => {
  const client = await against([
    json(200, { results: [done('1'), not(503, 'OVERLOADED'), not(422, 'INSUFFICIENT_FUNDS', { transactionId: '3' })] }),
    cut,
    json(200, { results: [{ ...done('2'), replayed: true }] }),
  ]);
  expect(await client.payEach(three)).toMatchObject([
    { kind: 'DONE', key: 'one', value: { transactionId: '1' }, replayed: false },
    { kind: 'DONE', key: 'two', value: { transactionId: '2' }, replayed: true },
    { kind: 'REFUSED', key: 'three', problem: { code: 'INSUFFICIENT_FUNDS' } },
  ]);
  expect(server.arrived.map(keysOf)).toEqual([['one', 'two', 'three'], ['two'], ['two']]);
  expect(server.arrived[1]?.bodyHash).toBe(server.arrived[2]?.bodyHash);
});

it('what is not known of one payment is not known of that one alone', async () => {
  const client = await against(
    [
      json(200, { results: [not(504, 'OUTCOME_UNKNOWN'), not(503, 'OVERLOADED'), done('3')] }),
      problem(503, 'OVERLOADED'),
    ],
    3,
  );
  expect(await client.payEach(three)).toMatchObject([
    { kind: 'UNKNOWN', key: 'one' },
    { kind: 'NOT_DONE', key: 'two' },
    { kind: 'DONE', key: 'three' },
  ]);
  expect(server.arrived).toHaveLength(3);
});

it('attempts are bounded when the answers keep saying to come again', async () => {
  const again = { status: 503, problem: { ...words, status: 503, code: 'OVERLOADED' } };
  const client = await against([json(200, { results: [again] })], 4);
  expect(await client.payEach([payment])).toMatchObject([{ kind: 'NOT_DONE' }]);
  expect(server.arrived).toHaveLength(4);
});

it('keys are made up, one each, and kept', async () => {
  const client = await against([cut, json(200, { results: [done('1'), done('2')] })]);
  const outcomes = await client.payEach([payment, payment]);
  const keys = outcomes.map(({ key }) => key);
  expect(new Set(keys).size).toBe(2);
  expect(server.arrived.map(keysOf)).toEqual([keys, keys]);
});

it('a request that is at fault as a whole throws; one payment’s fault hides nothing of the others', async () => {
  const whole = await against([problem(400, 'VALIDATION_FAILED')]);
  await expect(whole.payEach(three)).rejects.toBeInstanceOf(WalletFault);
  await server.close();
  const single = await against([json(200, { results: [done('1'), not(422, 'IDEMPOTENCY_KEY_REUSED'), done('3')] })]);
  expect(await single.payEach(three)).toMatchObject([
    { kind: 'DONE' },
    { kind: 'REFUSED', problem: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    { kind: 'DONE' },
  ]);
});

it('each outcome is told as soon as it is known, and once', async () => {
  const told: string[] = [];
  const client = await against([
    json(200, { results: [not(503, 'OVERLOADED'), not(422, 'IDEMPOTENCY_KEY_REUSED'), done('3')] }),
    (response, arrived) => {
      told.push('asked again');
      json(200, { results: [done('1')] })(response, arrived);
    },
  ]);
  const outcomes = await client.payEach(three, { onOutcome: ({ kind }, place) => told.push(`${place} ${kind}`) });
  expect(told).toEqual(['1 REFUSED', '2 DONE', 'asked again', '0 DONE']);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['DONE', 'REFUSED', 'DONE']);
});

it('a request that is at fault later on hides nothing of what was done before', async () => {
  const client = await against([
    json(200, { results: [done('1'), not(503, 'OVERLOADED'), not(504, 'OUTCOME_UNKNOWN')] }),
    problem(401, 'UNAUTHENTICATED'),
  ]);
  expect(await client.payEach(three)).toMatchObject([
    { kind: 'DONE' },
    { kind: 'NOT_DONE', problem: { code: 'UNAUTHENTICATED' } },
    { kind: 'UNKNOWN', problem: { code: 'UNAUTHENTICATED' } },
  ]);
});

it('an answer that leaves some out says nothing of any', async () => {
  const client = await against([
    json(200, { results: [done('1')] }),
    json(200, { results: [1, 2, 3].map((n) => done(`${n}`)) }),
  ]);
  expect(await client.payEach(three)).toMatchObject([{ kind: 'DONE' }, { kind: 'DONE' }, { kind: 'DONE' }]);
  expect(server.arrived.map(keysOf)).toEqual([
    ['one', 'two', 'three'],
    ['one', 'two', 'three'],
  ]);
});

it('an atomic batch has one key, and is refused as a whole', async () => {
  const results = [
    not(422, 'BATCH_REFUSED', { transactionId: '1' }),
    not(422, 'INSUFFICIENT_FUNDS', { transactionId: '2' }),
  ];
  const client = await against([cut, problem(422, 'BATCH_REFUSED', { results })]);
  const outcome = await client.payTogether([payment, payment], { key: 'k' });
  expect(outcome).toMatchObject({ kind: 'REFUSED', key: 'k', problem: { code: 'BATCH_REFUSED', results } });
  expect(server.arrived.map(({ key }) => key)).toEqual(['k', 'k']);
});

it('no payments, no request', async () => {
  const client = await against([json(500, {})]);
  expect(await client.payEach([])).toEqual([]);
  expect(server.arrived).toHaveLength(0);
});
