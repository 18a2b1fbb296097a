import { bodyBytesMax, bodyDepthMax, bodyValuesMax } from '@smart-wallet/engine/contract/limits.js';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auth, expectProblem, type PaymentApp, sender, startPaymentApp } from './testing/payment-app.js';

let app: PaymentApp;
let http: PaymentApp['http'];

beforeAll(async () => {
  app = await startPaymentApp();
  ({ http } = app);
});
afterAll(() => app.close());
beforeEach(() => app.reset());

const pay: PaymentApp['pay'] = (...asked) => app.pay(...asked);

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
  it.each<['DELETE' | 'POST', string, number, string]>([
    ['DELETE', '/api/auth/sessions', 204, ''],
    ['POST', '/api/auth/sessions/refresh', 401, 'SESSION_ENDED'],
  ])('%s %s takes no body, whatever content type is named', async (method, url, status, code) => {
    const headers = { ...auth, 'content-type': 'application/json' };
    const answer = await http.inject({ method, url, headers });
    if (code === '') expect(answer.statusCode).toBe(status);
    else expectProblem(answer, status, code);
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
    expect(response.headers.allow).toBe('GET, HEAD, PATCH');
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
