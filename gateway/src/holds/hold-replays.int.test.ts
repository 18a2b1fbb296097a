import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdBody, holdSteps } from '../testing/hold-steps.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

/* The first answer is the answer to a key: out of an engine's memory, and out of the ledger once that engine is gone. */

let api: TestPlatform;
let steps: ReturnType<typeof holdSteps>;

beforeAll(async () => {
  api = await startTestPlatform();
  steps = holdSteps(api);
});
afterAll(() => api?.close());

it('what a key was answered with is answered again, whatever happened to the hold, by whoever owns it', async () => {
  const [payer, receiver] = [await api.funded('100'), await api.wallet()];
  const fields = { reference: 'r', description: 'd "1"', metadata: { b: [1], a: null } };
  const made = { path: '/api/holds', body: { ...holdBody(payer, receiver, '60'), ...fields }, key: randomUUID() };
  const { holdId } = (await api.post(made.path, made.body, made.key)).body;
  const capture = { path: `/api/holds/${holdId}/capture`, key: randomUUID(), body: { amount: '20' } };
  const tooMuch = { path: capture.path, key: randomUUID(), body: { amount: '50' } };
  const last = { path: capture.path, key: randomUUID(), body: { amount: '10', final: true } };
  const late = { path: `/api/holds/${holdId}/void`, key: randomUUID(), body: {} };
  const other = await steps.hold(payer, receiver, '1');
  const given = { path: `/api/holds/${other}/void`, key: randomUUID(), body: {} };
  const asked = [made, capture, tooMuch, last, late, given];
  const ask = async ({ path, body, key }: (typeof asked)[number]) => {
    const answer = await api.post(path, body, key);
    const { traceId: _, ...rest } = answer.body;
    return {
      status: answer.status,
      rest,
      location: answer.headers.get('location'),
      replayed: answer.headers.get('idempotency-replayed'),
    };
  };
  const first = [];
  for (const one of asked) first.push(await ask(one));
  expect(first.map(({ status }) => status)).toEqual([201, 201, 422, 201, 422, 201]);
  expect(first[0]?.rest).toMatchObject({ status: 'OPEN', captured: '0.00', remaining: '60.00' });
  const replays = first.map((answer) => ({ ...answer, replayed: 'true' }));
  const askAll = async () => {
    const answers = [];
    for (const one of asked) answers.push(await ask(one));
    return answers;
  };
  expect(await askAll()).toEqual(replays);
  await api.restartEngine();
  expect(await askAll()).toEqual(replays);
  expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({ status: 'CAPTURED', captured: '30.00' });
  expect(await steps.money(payer)).toEqual(['70.00', '0.00', '70.00']);

  // Written otherwise, it is the same request.
  const same = {
    ...made.body,
    walletId: payer.toUpperCase(),
    amount: '60.00',
    metadata: { a: null, b: [1] },
    expiresAt: null,
  };
  expect((await api.post(made.path, same, made.key)).status).toBe(201);
  for (const [path, body] of [
    [made.path, { ...made.body, amount: '60.01' }],
    [made.path, { ...made.body, reference: null }],
    [made.path, { ...made.body, expiresAt: new Date(Date.now() + 60_000).toISOString() }],
    [capture.path, { amount: '20', final: true }],
    [`/api/holds/${other}/capture`, capture.body],
    [late.path, {}],
  ] as const) {
    const key = path === made.path ? made.key : capture.key;
    const answer = await api.post(path, body, key);
    expect([answer.status, answer.body.code], path).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }
});

it('a hold that was made is answered again when its time is over, and its request is not malformed then', async () => {
  const [payer, receiver, key] = [await api.funded('10'), await api.wallet(), randomUUID()];
  const expiresAt = new Date(Date.now() + 700).toISOString();
  const body = { ...holdBody(payer, receiver, '4'), expiresAt };
  const first = await api.post('/api/holds', body, key);
  expect(first.status).toBe(201);
  await sleep(Date.parse(expiresAt) - Date.now() + 1);
  const again = await api.post('/api/holds', body, key);
  expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([201, first.text, 'true']);
  const reused = await api.post('/api/holds', { ...body, amount: '5' }, key);
  expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  expect((await api.post('/api/holds', body)).status).toBe(400);
});

it.each(['', '/capture', '/void'])('POST /api/holds/…%s needs an Idempotency-Key', async (what) => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const path = what === '' ? '/api/holds' : `/api/holds/${await steps.hold(payer, receiver, '1')}${what}`;
  const body = what === '' ? holdBody(payer, receiver, '1') : {};
  const missing = await api.call('POST', path, body);
  expect([missing.status, missing.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
});

it('keys are one space: one that made a hold makes no payment', async () => {
  const [payer, receiver, key] = [await api.funded('10'), await api.wallet(), randomUUID()];
  await api.post('/api/holds', holdBody(payer, receiver, '1'), key);
  const paid = await api.post(
    '/api/payments',
    { senderWalletId: payer, receiverWalletId: receiver, amount: '1', currency: 'EUR' },
    key,
  );
  expect([paid.status, paid.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  const { items } = await api.get(`/api/payments?idempotencyKey=${key}`);
  expect(items).toMatchObject([{ kind: 'HOLD', amount: '1.00' }]);
});
