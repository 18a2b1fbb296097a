import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescribedAnswers, type GivenAnswer } from './described-answers.js';
import { startTestApp } from './test-app.js';

let answers: DescribedAnswers;
let close: () => Promise<void>;

beforeAll(async () => {
  const app = await startTestApp();
  close = app.close;
  answers = new DescribedAnswers((await app.http.inject({ method: 'GET', url: '/api/docs-json' })).json());
});
afterAll(() => close());

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = { 'content-type': 'application/json; charset=utf-8', 'trace-id': traceId };
const problem = {
  ...{
    type: '/api/problems/wallet-not-found',
    title: 'x',
    status: 404,
    code: 'WALLET_NOT_FOUND',
    detail: 'x',
    traceId,
  },
};
const balance = {
  ...{
    walletId: '11111111-1111-4111-8111-111111111111',
    currency: 'EUR',
    version: 1,
    asOf: '2026-01-31T12:00:00.000Z',
  },
  ...{ balance: '1.00', held: '0.00', available: '1.00' },
};
const url = '/api/wallets/x/balance?a=b';
const given = (body: object, changes: Partial<GivenAnswer> = {}): GivenAnswer => ({
  ...{ method: 'GET', url, status: 200, headers, body: JSON.stringify(body) },
  ...changes,
});
const problemGiven = (body: object, changes: Partial<GivenAnswer> = {}) =>
  given(body, { status: 404, headers: { ...headers, 'content-type': 'application/problem+json' }, ...changes });

describe('an answer as it is described', () => {
  it.each<[string, GivenAnswer]>([
    ['of a success', given(balance)],
    ['to HEAD', given(balance, { method: 'HEAD', body: '' })],
    ['of a problem', problemGiven(problem)],
    ['that any address can have', problemGiven({ ...problem, status: 414, code: 'URI_TOO_LONG' }, { status: 414 })],
    ['where there is nothing', problemGiven({ ...problem, code: 'ROUTE_NOT_FOUND' }, { url: '/nothing' })],
    ['of a page', given({}, { url: '/wallboard', headers: { 'content-type': 'text/html' }, body: '<p>' })],
  ])('%s is let through', (_, answer) => {
    answers.check(answer);
  });

  it.each<[string, GivenAnswer, RegExp]>([
    ['a missing field', given({ ...balance, held: undefined }), /body must have required property 'held'/],
    ['a field too many', given({ ...balance, secret: 1 }), /additionalProperty":"secret"/],
    ['a field of another form', given({ ...balance, asOf: 'now' }), /body\/asOf must match pattern/],
    [
      'a field too many deep inside',
      problemGiven({ ...problem, errors: [{ field: '', rule: '', message: '', x: 1 }] }),
      /body\/errors\/0/,
    ],
    [
      'a code of another operation',
      problemGiven({ ...problem, code: 'HOLD_NOT_FOUND' }),
      /HOLD_NOT_FOUND is no code of it/,
    ],
    ['a code that is none', problemGiven({ ...problem, code: 'NONE' }), /body\/code must be equal to one of/],
    ['another status', given(balance, { status: 202 }), /no operation|is no answer of it/],
    [
      'a problem of another operation',
      problemGiven({ ...problem, status: 409, code: 'WALLET_EXISTS' }, { status: 409 }),
      /409 is no answer/,
    ],
    [
      'another content type',
      given(balance, { headers: { ...headers, 'content-type': 'text/html' } }),
      /text\/html instead of application\/json/,
    ],
    ['no trace id', given(balance, { headers: { 'content-type': 'application/json' } }), /no header Trace-Id/],
    [
      'a header of another form',
      given(balance, { headers: { ...headers, 'trace-id': 'x' } }),
      /header Trace-Id must match/,
    ],
    [
      'a header that is not described',
      given(balance, { headers: { ...headers, location: '/x' } }),
      /location is not described/,
    ],
    ['a success where there is nothing', given(balance, { url: '/api/nothing' }), /no operation has it/],
    [
      'a page where there is none',
      given({}, { url: '/api/nothing', headers: { 'content-type': 'text/html' } }),
      /no operation has it/,
    ],
  ])('%s is not', (_, answer, fault) => {
    expect(() => answers.check(answer)).toThrow(fault);
  });
});
