import { bodyBytesMax, metadataBytesMax, reasonCharsMax } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recorded } from '../testing/fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from '../testing/test-app.js';

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, engine, close } = await startTestApp());
  claimAll(engine);
});
afterAll(() => close());
beforeEach(() => {
  engine.seen.length = 0;
});

const one = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
const hold = { walletId: one, receiverWalletId: other, amount: '12.50', currency: 'EUR' };
const payment = { senderWalletId: one, receiverWalletId: other, amount: '12.50', currency: 'EUR' };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const dayMs = 86_400_000;

async function ask(method: 'POST' | 'PUT', url: string, body: unknown, headers: Record<string, string> = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await http.inject({
    method,
    url,
    payload,
    headers: {
      ...{ authorization: `Bearer ${testToken}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      ...headers,
    },
  });
  return { status: response.statusCode, body: response.json() };
}

type Case = [name: string, body: Record<string, unknown>, field: string, rule: string, message: RegExp];

/** What every amount may not be, whatever it is of. Its decimals are known with the currency: where it is in the ledger, that is read first. */
const amounts: [string, unknown][] = [
  ['a JSON number', 12.5],
  ['null bytes', '1\0'],
  ['a list', ['1']],
  ['true', true],
];

describe('a malformed hold is 400 with field, rule and message, and never reaches the engine', () => {
  it.each<Case>([
    [
      'the same wallet on both sides',
      { receiverWalletId: one.toUpperCase() },
      'receiverWalletId',
      'SAME_WALLET',
      /another wallet/,
    ],
    ['no payer', { walletId: undefined }, 'walletId', 'REQUIRED', /required/],
    ['a payer that is no id', { walletId: 'me' }, 'walletId', 'UUID', /UUID/],
    ['no receiver', { receiverWalletId: undefined }, 'receiverWalletId', 'REQUIRED', /required/],
    ['a receiver that is null', { receiverWalletId: null }, 'receiverWalletId', 'TYPE', /string/],
    ['zero', { amount: '0' }, 'amount', 'AMOUNT_NOT_POSITIVE', /above zero/],
    ['less than zero', { amount: '-1.00' }, 'amount', 'AMOUNT_NOT_POSITIVE', /above zero/],
    ['a tenth of a cent', { amount: '0.001' }, 'amount', 'AMOUNT_DECIMALS', /decimals/],
    ['a yen and a half', { amount: '1.5', currency: 'JPY' }, 'amount', 'AMOUNT_DECIMALS', /decimals/],
    ['10^14', { amount: '100000000000000' }, 'amount', 'AMOUNT_TOO_LARGE', /below/],
    ['40 digits', { amount: '9'.repeat(40) }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['an exponent', { amount: '1e2' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['a plus', { amount: '+1' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['a comma', { amount: '1,00' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['digits of another script', { amount: '\u0661\u0662' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['a leading zero', { amount: '01' }, 'amount', 'AMOUNT_FORMAT', /decimal string/],
    ['an unknown currency', { currency: 'XXY' }, 'currency', 'CURRENCY_UNKNOWN', /ISO 4217/],
    ['an end in 31 days and a bit', { expiresAt: inMs(31 * dayMs + 60_000) }, 'expiresAt', 'RANGE', /at most 31 days/],
    ['an end in the year 9999', { expiresAt: '9999-12-31T23:59:59Z' }, 'expiresAt', 'RANGE', /at most 31 days/],
    ['an end that is no time', { expiresAt: 'tomorrow' }, 'expiresAt', 'FORMAT', /ISO 8601/],
    ['an end on 30 February', { expiresAt: '2027-02-30' }, 'expiresAt', 'FORMAT', /ISO 8601/],
    ['an end in seconds', { expiresAt: 1_800_000_000 }, 'expiresAt', 'TYPE', /string/],
    ['an unknown field', { senderWalletId: one }, 'senderWalletId', 'UNKNOWN_FIELD', /not a field/],
    ['effectiveAt, which is a payment\u2019s', { effectiveAt: inMs(0) }, 'effectiveAt', 'UNKNOWN_FIELD', /not a field/],
    ['a long reference', { reference: 'x'.repeat(141) }, 'reference', 'TOO_LONG', /140/],
    ['a long description', { description: 'x'.repeat(1_001) }, 'description', 'TOO_LONG', /1000/],
    ['much metadata', { metadata: { text: 'x'.repeat(metadataBytesMax) } }, 'metadata', 'METADATA_TOO_LARGE', /8192/],
    ['U+0000', { reference: 'a\0b' }, 'reference', 'TEXT_INVALID', /U\+0000/],
    ['a lone surrogate', { metadata: { a: '\ud800' } }, 'metadata.a', 'TEXT_INVALID', /surrogate/],
    ...amounts.map(
      ([name, amount]): Case => [
        name,
        { amount },
        'amount',
        name === 'null bytes' ? 'TEXT_INVALID' : 'AMOUNT_FORMAT',
        /./,
      ],
    ),
  ])('%s', async (_, fields, field, rule, message) => {
    const { status, body } = await ask('POST', '/api/holds', { ...hold, ...fields });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.errors).toContainEqual({ field, rule, message: expect.stringMatching(message) });
    expect(engine.seen).toHaveLength(0);
  });

  it('names all that is wrong at once', async () => {
    const { body } = await ask('POST', '/api/holds', { ...hold, receiverWalletId: one, expiresAt: inMs(32 * dayMs) });
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['receiverWalletId', 'expiresAt']);
  });
});

describe.each<[string, 'POST' | 'PUT', string, Case[]]>([
  [
    'capture',
    'POST',
    `/api/holds/${one}/capture`,
    [
      ['final as text', { final: 'true' }, 'final', 'TYPE', /true or false|boolean/],
      ['an unknown field', { reason: 'r' }, 'reason', 'UNKNOWN_FIELD', /not a field/],
      ['a currency', { currency: 'EUR' }, 'currency', 'UNKNOWN_FIELD', /not a field/],
    ],
  ],
  [
    'void',
    'POST',
    `/api/holds/${one}/void`,
    [['an amount', { amount: '1' }, 'amount', 'UNKNOWN_FIELD', /not a field/]],
  ],
  [
    'refund',
    'POST',
    `/api/payments/${one}/refunds`,
    [
      ['a long reason', { reason: 'x'.repeat(reasonCharsMax + 1) }, 'reason', 'TOO_LONG', /500/],
      ['a reason with U+0000', { reason: 'a\0' }, 'reason', 'TEXT_INVALID', /U\+0000/],
      ['a reason that is a number', { reason: 7 }, 'reason', 'TYPE', /string/],
      ['an unknown field', { walletId: one }, 'walletId', 'UNKNOWN_FIELD', /not a field/],
    ],
  ],
  [
    'reversal',
    'POST',
    `/api/transactions/${one}/reversal`,
    [
      ['no reason', {}, 'reason', 'REQUIRED', /required/],
      ['a reason that is null', { reason: null }, 'reason', 'TYPE', /string/],
      ['an empty reason', { reason: '' }, 'reason', 'TOO_SHORT', /./],
      ['a long reason', { reason: 'x'.repeat(reasonCharsMax + 1) }, 'reason', 'TOO_LONG', /500/],
      ['an amount: it takes back what is left', { reason: 'r', amount: '1' }, 'amount', 'UNKNOWN_FIELD', /not a field/],
    ],
  ],
  [
    'change of limits',
    'PUT',
    `/api/wallets/${one}/limits`,
    [
      ['a limit that is a number', { dailyOut: 5 }, 'dailyOut', 'AMOUNT_FORMAT', /string/],
      ['an unknown limit', { dailyout: '5' }, 'dailyout', 'UNKNOWN_FIELD', /not a field/],
      ['what is read only', { remaining: null }, 'remaining', 'UNKNOWN_FIELD', /not a field/],
      ['a limit in words', { dailyOut: 'much' }, 'dailyOut', 'AMOUNT_FORMAT', /decimal string/],
      ['a limit below zero', { perPayment: '-1' }, 'perPayment', 'AMOUNT_NOT_POSITIVE', /below zero/],
      ['a limit with too many decimals for any currency', { dailyIn: '1.00001' }, 'dailyIn', 'AMOUNT_DECIMALS', /4/],
    ],
  ],
])('a malformed %s is 400, before anything is read, and never reaches the engine', (what, method, url, cases) => {
  const ofAmounts = what === 'capture' || what === 'refund' ? amounts : [];
  it.each<Case>([
    ...cases,
    ...ofAmounts.map(
      ([name, amount]): Case => [
        name,
        { amount },
        'amount',
        name === 'null bytes' ? 'TEXT_INVALID' : 'AMOUNT_FORMAT',
        /./,
      ],
    ),
  ])('%s', async (_, body, field, rule, message) => {
    const answer = await ask(method, url, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.errors).toContainEqual({ field, rule, message: expect.stringMatching(message) });
    expect(engine.seen).toHaveLength(0);
  });

  it('an id that is no id, a body that is none, a key that is missing or malformed', async () => {
    const good = what === 'reversal' ? { reason: 'r' } : {};
    const noId = await ask(method, url.replace(one, 'me'), good);
    expect([noId.status, noId.body.errors]).toEqual([400, [{ field: 'id', rule: 'UUID', message: 'must be a UUID' }]]);
    const none = what === 'capture' || what === 'void' || what === 'refund' ? [] : [''];
    for (const text of [...none, '[]', 'null', '"x"', '{"amount":', '{"__proto__":{}}']) {
      expect((await ask(method, url, text)).body.code).toBe('MALFORMED_JSON');
    }
    expect((await ask(method, url, { reason: 'x'.repeat(bodyBytesMax) })).body.code).toBe('PAYLOAD_TOO_LARGE');
    const badKey = await ask(method, url, good, { 'idempotency-key': '"k' });
    expect([badKey.status, badKey.body.errors[0].field]).toEqual([400, 'Idempotency-Key']);
    expect(engine.seen).toHaveLength(0);
  });
});

it('a change of limits that is malformed names every field that is wrong at once', async () => {
  const body = { creditLimit: 5, perPayment: 'x', dailyOut: '-1', dailyIn: '100000000000000', more: '1' };
  const answer = await ask('PUT', `/api/wallets/${one}/limits`, body);
  expect(answer.body.errors.map(({ field, rule }: Record<string, string>) => `${field} ${rule}`).sort()).toEqual([
    ...['creditLimit AMOUNT_FORMAT', 'dailyIn AMOUNT_TOO_LARGE', 'dailyOut AMOUNT_NOT_POSITIVE'],
    ...['more UNKNOWN_FIELD', 'perPayment AMOUNT_FORMAT'],
  ]);
});

it.each([
  ['capture', `/api/holds/${one}/capture`],
  ['void', `/api/holds/${one}/void`],
  ['refund', `/api/payments/${one}/refunds`],
])('a %s without a body says nothing, like {}', async (what, url) => {
  claimAll(engine);
  engine.decide = (command) => ({ outcome: 'RECORDED', transaction: recorded(command), replayed: false });
  const key = { authorization: `Bearer ${testToken}`, 'idempotency-key': 'k' };
  const json = { 'content-type': 'application/json' };
  for (const headers of [key, { ...key, 'content-length': '0' }, { ...key, ...json, 'content-length': '0' }]) {
    // Postgres is away, which others ask for their hold or payment: what gets so far was read.
    const { statusCode } = await http.inject({ method: 'POST', url, headers });
    if (what === 'void') expect(engine.seen.splice(0)).toMatchObject([{ type: 'VOID', holdId: one }]);
    else expect(statusCode).toBe(503);
  }
  const text = await http.inject({
    method: 'POST',
    url,
    headers: { ...key, 'content-type': 'text/plain' },
    payload: 'x',
  });
  expect(text.json().code).toBe('UNSUPPORTED_MEDIA_TYPE');
});

describe('effectiveAt', () => {
  const years = (n: number) => new Date(Date.now() + n * 365.25 * dayMs).toISOString();
  it.each([years(10.1), years(-10.1), '1970-01-01', '9999-12-31', '0001-01-01T00:00:00Z'])(
    '%s is out of range',
    async (effectiveAt) => {
      const { status, body } = await ask('POST', '/api/payments', { ...payment, effectiveAt });
      expect([status, body.errors]).toEqual([
        400,
        [{ field: 'effectiveAt', rule: 'RANGE', message: 'must be within ten years' }],
      ]);
      expect(engine.seen).toHaveLength(0);
    },
  );

  it.each(['yesterday', 0, '2026-13-01', '2026-01-31T25:00:00Z'])('%s is no instant', async (effectiveAt) => {
    const { status, body } = await ask('POST', '/api/payments', { ...payment, effectiveAt });
    expect([status, body.errors[0].field]).toEqual([400, 'effectiveAt']);
  });

  it.each(['deposits', 'withdrawals'])('is no field of %s', async (what) => {
    const body = { amount: '1', currency: 'EUR', effectiveAt: inMs(0) };
    const answer = await ask('POST', `/api/wallets/${one}/${what}`, body);
    expect(answer.body.errors).toEqual([{ field: 'effectiveAt', rule: 'UNKNOWN_FIELD', message: expect.any(String) }]);
  });
});

describe('a list of holds', () => {
  it.each<[string, string, string]>([
    ['walletId=me', 'walletId', 'UUID'],
    ['receiverWalletId=', 'receiverWalletId', 'UUID'],
    ['status=open', 'status', 'NOT_ALLOWED'],
    ['limit=0', 'limit', 'RANGE'],
    ['limit=201', 'limit', 'RANGE'],
    ['from=x', 'from', 'FORMAT'],
    ['from=2026-02-01&to=2026-01-01', 'from', 'RANGE'],
    ['wallet=1', 'wallet', 'UNKNOWN_FIELD'],
    ['cursor=abc', 'cursor', 'CURSOR'],
    ['status=OPEN&status=VOIDED', 'status', 'NOT_ALLOWED'],
  ])('asked for with %s is 400', async (query, field, rule) => {
    const response = await http.inject({
      method: 'GET',
      url: `/api/holds?${query}`,
      headers: { authorization: `Bearer ${testToken}` },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toContainEqual({ field, rule, message: expect.any(String) });
  });
});
