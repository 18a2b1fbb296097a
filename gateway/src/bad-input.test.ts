import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from '@smart-wallet/engine/contract/commands.js';
import {
  bodyBytesMax,
  bodyDepthMax,
  bodyValuesMax,
  commandDeadlineMs,
  metadataBytesMax,
} from '@smart-wallet/engine/contract/limits.js';
import type { RefusalCode, RejectionCode } from '@smart-wallet/engine/contract/rejection.js';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replyGraceMs } from './engine-client/open-calls.js';
import { recorded } from './testing/fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from './testing/test-app.js';

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, engine, close } = await startTestApp());
});
afterAll(() => close());
beforeEach(() => {
  engine.seen.length = 0;
  engine.decide = (command) => ({ outcome: 'RECORDED', transaction: recorded(command), replayed: false });
  claimAll(engine);
});

const sender = '11111111-1111-4111-8111-111111111111';
const receiver = '22222222-2222-4222-8222-222222222222';
const good = { senderWalletId: sender, receiverWalletId: receiver, amount: '12.50', currency: 'EUR' };
const auth = { authorization: `Bearer ${testToken}` };
let keys = 0;

function post(url: string, payload: unknown, headers: Record<string, string> = {}) {
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  return http.inject({
    method: 'POST',
    url,
    payload: text,
    headers: { ...auth, 'content-type': 'application/json', 'idempotency-key': `key-${++keys}`, ...headers },
  });
}
const pay = (payload: unknown, headers?: Record<string, string>) => post('/api/payments', payload, headers);
const withFields = (fields: Record<string, unknown>) => pay({ ...good, ...fields });

function expectProblem(response: Awaited<ReturnType<typeof pay>>, status: number, code: string) {
  const body = response.json();
  expect({ status: response.statusCode, code: body.code }).toEqual({ status, code });
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(body).toMatchObject({
    status,
    code,
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(body.traceId).toMatch(/^[0-9a-f]{32}$/);
  return body;
}

describe('a malformed payment is 400 with field, rule and message, and never reaches the engine', () => {
  const metadata = { text: 'x'.repeat(metadataBytesMax) };
  it.each<[string, Record<string, unknown>, string, string, RegExp]>([
    [
      'sender is receiver',
      { receiverWalletId: sender.toUpperCase() },
      'receiverWalletId',
      'SAME_WALLET',
      /another wallet/,
    ],
    ['a zero amount', { amount: '0.00' }, 'amount', 'AMOUNT_NOT_POSITIVE', /above zero/],
    ['a negative amount', { amount: '-1' }, 'amount', 'AMOUNT_NOT_POSITIVE', /above zero/],
    [
      'a too precise amount',
      { amount: '1.001' },
      'amount',
      'AMOUNT_DECIMALS',
      /decimals than the currency: EUR has 2$/,
    ],
    [
      'decimals where the currency has none',
      { amount: '1.0', currency: 'JPY' },
      'amount',
      'AMOUNT_DECIMALS',
      /decimals than the currency: JPY has none$/,
    ],
    ['a too large amount', { amount: '100000000000000' }, 'amount', 'AMOUNT_TOO_LARGE', /below/],
    ['an amount in words', { amount: 'ten' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['an amount with an exponent', { amount: '1e3' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['a JSON number', { amount: 12.5 }, 'amount', 'AMOUNT_FORMAT', /string such as "12\.50"/],
    ['no amount', { amount: undefined }, 'amount', 'REQUIRED', /required/],
    ['an unknown currency', { currency: 'EUX' }, 'currency', 'CURRENCY_UNKNOWN', /ISO 4217/],
    ['a currency in small letters', { currency: 'eur' }, 'currency', 'CURRENCY_UNKNOWN', /capitals/],
    ['a wallet id that is no UUID', { senderWalletId: 'me' }, 'senderWalletId', 'UUID', /UUID/],
    ['an unknown field', { ammount: '1' }, 'ammount', 'UNKNOWN_FIELD', /not a field/],
    ['a long reference', { reference: 'x'.repeat(141) }, 'reference', 'TOO_LONG', /140/],
    ['metadata that is a list', { metadata: [] }, 'metadata', 'TYPE', /object/],
    ['metadata that is too large', { metadata }, 'metadata', 'METADATA_TOO_LARGE', /8192/],
    ['a number that would be changed', { metadata: { n: 2 ** 53 } }, 'metadata', 'METADATA_NUMBER', /exactly/],
    ['U+0000', { description: 'a\0b' }, 'description', 'TEXT_INVALID', /U\+0000/],
    ['a lone surrogate', { reference: '\ud800' }, 'reference', 'TEXT_INVALID', /surrogate/],
    ['a lone surrogate in a key', { metadata: { a: { 'x\udc00': 1 } } }, 'metadata.a', 'TEXT_INVALID', /surrogate/],
  ])('%s', async (_, fields, field, rule, message) => {
    const body = expectProblem(await withFields(fields), 400, 'VALIDATION_FAILED');
    expect(body.errors).toContainEqual({ field, rule, message: expect.stringMatching(message) });
    expect(engine.seen).toHaveLength(0);
  });

  it('a payment that is made says where it is read', async () => {
    for (const [url, address, body] of [
      ['/api/payments', '/api/payments', good],
      [`/api/wallets/${sender}/deposits`, '/api/transactions', { amount: '1', currency: 'EUR' }],
    ] as const) {
      const response = await post(url, body);
      expect(response.headers.location).toBe(`${address}/${response.json().transactionId}`);
    }
    engine.decide = (command) => ({ outcome: 'RECORDED', transaction: recorded(command), replayed: true });
    expect((await pay(good)).headers.location).toMatch(/^\/api\/payments\/.{36}$/);
  });

  it('an escaped surrogate pair is fine', async () => {
    const text = JSON.stringify({ ...good, reference: 'R' }).replace('"R"', '"\\ud83d\\ude00"');
    expect((await pay(text)).statusCode).toBe(201);
  });
});

describe('the idempotency key', () => {
  it('missing is IDEMPOTENCY_KEY_MISSING', async () => {
    const response = await http.inject({ method: 'POST', url: '/api/payments', payload: good, headers: auth });
    expect(expectProblem(response, 400, 'IDEMPOTENCY_KEY_MISSING').detail).toMatch(/Idempotency-Key/);
  });
  it.each([
    ['empty', '', 'TOO_SHORT'],
    ['oversized', 'k'.repeat(256), 'TOO_LONG'],
    ['with a space', 'a b', 'CHARACTERS'],
    ['not ASCII', 'schl\u00fcssel', 'CHARACTERS'],
  ])('%s is VALIDATION_FAILED', async (_, key, rule) => {
    const body = expectProblem(await pay(good, { 'idempotency-key': key }), 400, 'VALIDATION_FAILED');
    expect(body.errors).toEqual([{ field: 'Idempotency-Key', rule, message: expect.any(String) }]);
  });
  it('of 255 characters is fine', async () => {
    expect((await pay(good, { 'idempotency-key': 'k'.repeat(255) })).statusCode).toBe(201);
  });
});

describe('what cannot be read', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `"${i.toString(36)}":0`).join(',');
  const deep = (depth: number) => `{"metadata":${'{"a":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}}`;
  it.each<[string, string | Buffer, number, string, RegExp]>([
    ['broken JSON', '{"amount":', 400, 'MALFORMED_JSON', /not valid JSON/],
    ['an empty body', '', 400, 'MALFORMED_JSON', /empty/],
    ['a list', '[]', 400, 'MALFORMED_JSON', /object/],
    ['null', 'null', 400, 'MALFORMED_JSON', /object/],
    ['too deep', deep(bodyDepthMax + 1), 400, 'MALFORMED_JSON', /deeper/],
    ['too many fields', `{${fields(bodyValuesMax + 1)}}`, 400, 'MALFORMED_JSON', /more than 100000 fields/],
    ['too many items', `{"a":[${'0,'.repeat(bodyValuesMax)}0]}`, 400, 'MALFORMED_JSON', /more than 100000 fields/],
    [
      'too many in all',
      `{"a":[${`[${'0,'.repeat(999)}0],`.repeat(100)}0]}`,
      400,
      'MALFORMED_JSON',
      /more than 100000 fields/,
    ],
    ['extremely deep', '['.repeat(400_000), 400, 'MALFORMED_JSON', /./],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'MALFORMED_JSON', /UTF-8/],
    ['a poisoned prototype', '{"__proto__":{"amount":"1"}}', 400, 'MALFORMED_JSON', /__proto__/],
    ['an escaped poisoned prototype', '{"\\u005f_proto__":{"amount":"1"}}', 400, 'MALFORMED_JSON', /__proto__/],
    ['a poisoned constructor', '{"constructor":{"prototype":{"a":1}}}', 400, 'MALFORMED_JSON', /constructor/],
    ['too large', `{"description":"${'x'.repeat(bodyBytesMax)}"}`, 413, 'PAYLOAD_TOO_LARGE', /1 MiB/],
  ])('%s', async (_, payload, status, code, detail) => {
    expect(expectProblem(await pay(payload), status, code).detail).toMatch(detail);
  });

  it.each([
    ['DEPTH', deep(bodyDepthMax + 1)],
    ['VALUES', `{"a":[${'0,'.repeat(bodyValuesMax)}0]}`],
  ])('by the rule %s, which it names', async (rule, payload) => {
    const { errors } = expectProblem(await pay(payload), 400, 'MALFORMED_JSON');
    expect(errors).toEqual([{ field: '', rule, message: expect.any(String) }]);
  });
  it('as many fields as allowed are read', async () => {
    expectProblem(await pay(`{${fields(bodyValuesMax)}}`), 400, 'VALIDATION_FAILED');
  });

  it('no body and no content type', async () => {
    const headers = { ...auth, 'idempotency-key': 'k' };
    expectProblem(await http.inject({ method: 'POST', url: '/api/payments', headers }), 400, 'MALFORMED_JSON');
  });
  it('as deep as allowed is read', async () => {
    expectProblem(await pay(deep(bodyDepthMax)), 400, 'VALIDATION_FAILED');
  });
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('%s is 415', async (type) => {
    expectProblem(await pay('a=b', { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('where there is nothing', () => {
  it.each<[string, InjectOptions, number, string]>([
    ['an unknown route', { method: 'GET', url: '/api/nothing', headers: auth }, 404, 'ROUTE_NOT_FOUND'],
    ['a wallet id that is no UUID', { method: 'GET', url: '/api/wallets/me', headers: auth }, 400, 'VALIDATION_FAILED'],
    ['a bad percent escape', { method: 'GET', url: '/api/wallets/%zz', headers: auth }, 400, 'MALFORMED_REQUEST'],
    ['a long path', { method: 'GET', url: `/api/wallets/${'a'.repeat(300)}`, headers: auth }, 414, 'URI_TOO_LONG'],
    ['an unknown filter', { method: 'GET', url: '/api/wallets?walet=1', headers: auth }, 400, 'VALIDATION_FAILED'],
    [
      'a page that is too large',
      { method: 'GET', url: '/api/wallets?limit=201', headers: auth },
      400,
      'VALIDATION_FAILED',
    ],
    [
      'a cursor of our own making',
      { method: 'GET', url: '/api/wallets?cursor=abc', headers: auth },
      400,
      'VALIDATION_FAILED',
    ],
    [
      'a database that is away',
      { method: 'GET', url: `/api/wallets/${sender}`, headers: auth },
      503,
      'STORAGE_UNAVAILABLE',
    ],
    ['no token', { method: 'GET', url: '/api/wallets' }, 401, 'UNAUTHENTICATED'],
    [
      'a wrong token',
      { method: 'GET', url: '/api/wallets', headers: { authorization: 'Bearer test-token-0123456780' } },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'a token of another length',
      { method: 'GET', url: '/api/wallets', headers: { authorization: 'Bearer x' } },
      401,
      'UNAUTHENTICATED',
    ],
    ['no token, an escaped path', { method: 'GET', url: '/%61pi/wallets' }, 401, 'UNAUTHENTICATED'],
  ])('%s', async (_, request, status, code) => {
    const response = await http.inject(request);
    expectProblem(response, status, code);
    if (status === 401) expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    if (status === 503) expect(response.headers['retry-after']).toBeDefined();
  });

  it('a method the address does not have is 405 with Allow', async () => {
    const response = await http.inject({ method: 'DELETE', url: `/api/wallets/${sender}/status`, headers: auth });
    expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
    expect(response.headers.allow).toBe('PATCH');
  });

  it.each(['application/json', 'text/plain'])('so it is with an empty body of %s', async (type) => {
    const headers = { ...auth, 'content-type': type };
    const response = await http.inject({ method: 'DELETE', url: `/api/wallets/${sender}`, headers, payload: '' });
    expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
    expect(response.headers.allow).toBe('GET, HEAD');
  });

  it.each<[string, string, string, string]>([
    ['limit=100000', 'limit', 'RANGE', 'must be from 1 to 200'],
    ['limit=0', 'limit', 'RANGE', 'must be from 1 to 200'],
    ['limit=-1', 'limit', 'FORMAT', 'must be a whole number from 1 to 200'],
    ['limit=1&limit=2', 'limit', 'TYPE', 'must be a string'],
    ['status=DONE', 'status', 'NOT_ALLOWED', 'must be SUCCESS or FAILED'],
    [`cursor=${'a'.repeat(501)}`, 'cursor', 'TOO_LONG', 'must have at most 500 characters'],
    ['from=2026-02-30', 'from', 'FORMAT', expect.stringMatching(/or a date such as 2026-01-31$/)],
    ['from=26.11.2026&to=2026-11-27', 'from', 'FORMAT', expect.stringMatching(/or a date such as 2026-01-31$/)],
    ['from=yesterday', 'from', 'FORMAT', expect.stringMatching(/or a date such as 2026-01-31$/)],
    ['from=2026-11-23&to=2026-11-22T23:59:59.999Z', 'from', 'RANGE', 'must not be later than to'],
  ])('a list asked for with %s says what is wrong in plain words', async (query, field, rule, message) => {
    const response = await http.inject({ method: 'GET', url: `/api/transactions?${query}`, headers: auth });
    expect(expectProblem(response, 400, 'VALIDATION_FAILED').errors).toEqual([{ field, rule, message }]);
  });

  it.each([
    'from=2026-11-22&to=2026-11-22',
    'from=0000-01-01&to=9999-12-31T23:59:59-12:00',
    'from=2026-11-22T01:00:00%2B20:00',
    'limit=0200',
  ])('a list asked for with %s is asked of the database', async (query) => {
    expectProblem(
      await http.inject({ method: 'GET', url: `/api/transactions?${query}`, headers: auth }),
      503,
      'STORAGE_UNAVAILABLE',
    );
  });
});

describe('what the engine refuses or rejects', () => {
  const transactionId = '01a204c9-697c-7089-a270-24c08ebe0345';
  const failed = (code: RefusalCode): CommandResult => ({
    outcome: 'RECORDED',
    replayed: false,
    transaction: {
      ...recorded(engine.seen[0] as never, transactionId),
      status: 'FAILED',
      failureCode: code,
      failureReason: 'because',
    },
  });

  it.each<RefusalCode>(['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE', 'CURRENCY_MISMATCH', 'BALANCE_LIMIT_EXCEEDED'])(
    '%s is 422 with the transaction, and its replay differs in the trace id alone',
    async (code) => {
      engine.decide = () => failed(code);
      const first = await pay(good);
      expect(expectProblem(first, 422, code)).toMatchObject({ detail: 'because', transactionId });
      engine.decide = () => ({ ...failed(code), replayed: true }) as CommandResult;
      const replay = await pay(good);
      expect(replay.headers['idempotency-replayed']).toBe('true');
      expect({ ...replay.json(), traceId: '' }).toEqual({ ...first.json(), traceId: '' });
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      for (const answer of [first, replay]) expect(answer.json().traceId).toBe(answer.headers['trace-id']);
      expect(replay.json().traceId).not.toBe(first.json().traceId);
    },
  );

  it.each<[RejectionCode, number]>([
    ['WALLET_NOT_FOUND', 404],
    ['IDEMPOTENCY_KEY_REUSED', 422],
  ])('%s is %i', async (code, status) => {
    engine.decide = () => ({ outcome: 'NOT_RECORDED', code, detail: 'the reason' });
    expect(expectProblem(await pay(good), status, code).detail).toBe('the reason');
  });

  it.each<[RejectionCode, number]>([
    ['ILLEGAL_STATUS_CHANGE', 409],
    ['WALLET_NOT_EMPTY', 409],
    ['WALLET_NOT_FOUND', 404],
  ])('a status change that is %s is %i', async (code, status) => {
    engine.decide = () => ({ outcome: 'NOT_RECORDED', code, detail: 'the reason' });
    const url = `/api/wallets/${sender}/status`;
    const response = await http.inject({ method: 'PATCH', url, payload: { status: 'CLOSED' }, headers: auth });
    expectProblem(response, status, code);
  });

  it('a hold whose time is over is for its engine to judge, which knows whether it was made before, and 400 when it is new', async () => {
    const payload = { walletId: sender, receiverWalletId: receiver, amount: '1.00', currency: 'EUR' };
    const ask = () =>
      http.inject({
        ...{ method: 'POST', url: '/api/holds', headers: { ...auth, 'idempotency-key': 'late' } },
        payload: { ...payload, expiresAt: '2026-01-01T00:00:00Z' },
      });
    engine.decide = () => failed('HOLD_EXPIRED');
    expect(expectProblem(await ask(), 400, 'VALIDATION_FAILED')).toMatchObject({
      errors: [{ field: 'expiresAt', rule: 'RANGE' }],
    });
    engine.decide = () => failed('INSUFFICIENT_FUNDS');
    expectProblem(await ask(), 422, 'INSUFFICIENT_FUNDS');
  });

  it.each(['OVERLOADED', 'STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const)(
    '%s is 503 with Retry-After',
    async (code) => {
      engine.decide = () => ({ outcome: 'NOT_DONE', code });
      const response = await pay(good);
      expect(expectProblem(response, 503, code).detail).toMatch(/This request did nothing/);
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    },
  );

  it('a partition without an owner is 503 PARTITION_UNAVAILABLE at the deadline', async () => {
    for (let partition = 0; partition < 64; partition++) {
      engine.client.ownership({ type: 'RELEASED', partition, epoch: 1, workerId: 'w', workerName: 'w', atMs: 0 });
    }
    const response = pay(good);
    await sleep(100);
    engine.pass(commandDeadlineMs);
    expectProblem(await response, 503, 'PARTITION_UNAVAILABLE');
    claimAll(engine, 2);
  });

  it('no answer in time is 504 OUTCOME_UNKNOWN, never 503', async () => {
    claimAll(engine, 3);
    engine.decide = () => null;
    const response = pay(good);
    await sleep(100);
    engine.pass(commandDeadlineMs + replyGraceMs);
    expect(expectProblem(await response, 504, 'OUTCOME_UNKNOWN').detail).toMatch(/same Idempotency-Key/);
  });
});

describe('a batch', () => {
  const postBatch = (payload: object) =>
    http.inject({ method: 'POST', url: '/api/payments/batch', payload, headers: auth });
  const item = (key: string, fields: Record<string, unknown> = {}) => ({ idempotencyKey: key, ...good, ...fields });
  beforeEach(() => claimAll(engine, 4));

  it('lets a bad payment fail alone', async () => {
    const payments = [
      item('b1'),
      item('b2', { amount: 5 }),
      7,
      { ...good },
      item('b3', { reference: '\0' }),
      item('b4'),
    ];
    const response = await postBatch({ payments });
    expect(response.statusCode).toBe(200);
    const { results } = response.json();
    expect(results.map((result: { status: number }) => result.status)).toEqual([201, 400, 400, 400, 400, 201]);
    expect(results[1].problem).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ field: 'amount', rule: 'AMOUNT_FORMAT' }],
    });
    expect(results[3].problem.errors).toEqual([{ field: 'idempotencyKey', rule: 'REQUIRED', message: 'is required' }]);
    expect(results[5].transaction).toMatchObject({ status: 'SUCCESS', amount: '12.50', kind: 'PAYMENT' });
    expect(engine.seen).toHaveLength(2);
  });

  it.each<[string, unknown, string, string]>([
    ['no payments', {}, 'payments', 'REQUIRED'],
    ['an empty list', { payments: [] }, 'payments', 'TOO_SHORT'],
    ['more than 1,000', { payments: Array(1001).fill(0) }, 'payments', 'TOO_LONG'],
    ['something else', { payments: 'all' }, 'payments', 'TYPE'],
    ['an unknown field', { payments: [1], atomik: true }, 'atomik', 'UNKNOWN_FIELD'],
    ['atomic as text', { payments: [1], atomic: 'yes' }, 'atomic', 'TYPE'],
    ['keys in an atomic one', { atomic: true, payments: [item('x')] }, 'payments.0.idempotencyKey', 'UNKNOWN_FIELD'],
    [
      'a bad payment in an atomic one',
      { atomic: true, payments: [good, { ...good, amount: '0' }] },
      'payments.1.amount',
      'AMOUNT_NOT_POSITIVE',
    ],
  ])('with %s is 400 as a whole', async (_, payload, field, rule) => {
    const body = expectProblem(await post('/api/payments/batch', payload), 400, 'VALIDATION_FAILED');
    expect(body.errors).toContainEqual({ field, rule, message: expect.any(String) });
  });

  it('that is atomic needs a key in the header', async () => {
    expectProblem(await postBatch({ atomic: true, payments: [good] }), 400, 'IDEMPOTENCY_KEY_MISSING');
  });

  it('that is plain takes no key in the header', async () => {
    const body = expectProblem(await post('/api/payments/batch', { payments: [item('h')] }), 400, 'VALIDATION_FAILED');
    expect(body.errors).toEqual([
      { field: 'Idempotency-Key', rule: 'NOT_FOR_PLAIN_BATCH', message: expect.stringMatching(/atomic: true/) },
    ]);
    expect(engine.seen).toHaveLength(0);
  });

  it('that is atomic points a payment\u2019s key to the header', async () => {
    const payload = { atomic: true, payments: [item('x')] };
    const body = expectProblem(await post('/api/payments/batch', payload), 400, 'VALIDATION_FAILED');
    expect(body.errors[0].message).toMatch(/send it as the Idempotency-Key header/);
  });

  it('that is atomic is refused with every payment\u2019s problem', async () => {
    engine.decide = (command) => ({
      outcome: 'BATCH_RECORDED',
      replayed: false,
      transactions: (['BATCH_REFUSED', 'INSUFFICIENT_FUNDS'] as const).map((failureCode) => ({
        ...recorded(command),
        status: 'FAILED' as const,
        failureCode,
        failureReason: 'because',
      })),
    });
    const body = expectProblem(
      await post('/api/payments/batch', { atomic: true, payments: [good, good] }),
      422,
      'BATCH_REFUSED',
    );
    expect(body.results.map((result: { problem: { code: string } }) => result.problem.code)).toEqual([
      'BATCH_REFUSED',
      'INSUFFICIENT_FUNDS',
    ]);
    for (const { problem } of body.results) expect(problem.traceId).toBe(body.traceId);
  });

  it('that is too large for one message is 413', async () => {
    const metadata = { text: 'x'.repeat(8_000) };
    const payload = { atomic: true, payments: Array(115).fill({ ...good, metadata }) };
    expectProblem(await post('/api/payments/batch', payload), 413, 'PAYLOAD_TOO_LARGE');
  });
});

describe('trace ids', () => {
  it('are the caller\u2019s, in the answer and its header', async () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    const response = await http.inject({
      method: 'GET',
      url: '/api/x',
      headers: { traceparent: `00-${id}-00f067aa0ba902b7-01` },
    });
    expect(response.json().traceId).toBe(id);
    expect(response.headers['trace-id']).toBe(id);
  });
});
