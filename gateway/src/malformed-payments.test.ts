import { metadataBytesMax } from '@smart-wallet/engine/contract/limits.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recorded } from './testing/fake-owner.js';
import { auth, expectProblem, good, type PaymentApp, sender, startPaymentApp } from './testing/payment-app.js';
import { claimAll } from './testing/test-app.js';

let app: PaymentApp;
let http: PaymentApp['http'];
let engine: PaymentApp['engine'];

beforeAll(async () => {
  app = await startPaymentApp();
  ({ http, engine } = app);
});
afterAll(() => app.close());
beforeEach(() => app.reset());

const post: PaymentApp['post'] = (...asked) => app.post(...asked);
const pay: PaymentApp['pay'] = (...asked) => app.pay(...asked);
const withFields = (fields: Record<string, unknown>) => pay({ ...good, ...fields });

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
