import type { CommandResult } from '@smart-wallet/engine/contract/commands.js';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { recorded } from './testing/fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from './testing/test-app.js';

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const signIns = { points: 1, periodSeconds: 60 };
  ({ http, engine, close } = await startTestApp({ log, rateLimits: { 'sign-in': signIns } }));
  claimAll(engine);
});
afterAll(() => close());
beforeEach(() => {
  lines.length = 0;
});

const transactionId = '01a204c9-697c-7089-a270-24c08ebe0345';
const [info, warn] = [30, 40];

async function pay(result: (made: CommandResult & { outcome: 'RECORDED' }) => CommandResult): Promise<string> {
  engine.decide = (command) =>
    result({ outcome: 'RECORDED', transaction: recorded(command, transactionId), replayed: false });
  const response = await http.inject({
    method: 'POST',
    url: '/api/payments',
    headers: { authorization: `Bearer ${testToken}`, 'idempotency-key': crypto.randomUUID() },
    payload: {
      senderWalletId: '11111111-1111-4111-8111-111111111111',
      receiverWalletId: '22222222-2222-4222-8222-222222222222',
      amount: '1',
      currency: 'EUR',
    },
  });
  return response.headers['trace-id'] as string;
}
const request = { method: 'POST', route: '/api/payments' };

it('a payment that is made is one line', async () => {
  const traceId = await pay((made) => made);
  expect(lines).toMatchObject([{ ...request, level: info, msg: 'done', status: 201, transactionId, traceId }]);
});

it('a refusal is daily business, with its code and its transaction', async () => {
  const code = 'INSUFFICIENT_FUNDS';
  const traceId = await pay((made) => ({
    ...made,
    transaction: { ...made.transaction, status: 'FAILED', failureCode: code, failureReason: 'because' },
  }));
  expect(lines).toMatchObject([{ ...request, level: info, msg: 'refused', status: 422, code, transactionId, traceId }]);
});

it('what should not happen is a warning, and says what it was', async () => {
  await pay(() => ({ outcome: 'NOT_DONE', code: 'OVERLOADED' }));
  expect(lines).toMatchObject([{ ...request, level: warn, msg: 'failed', status: 503, code: 'OVERLOADED' }]);
});

it('a crowd that is refused does not fill the log: its first is told, the others are counted', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': '2000' };
  const signIn = () => http.inject({ method: 'POST', url: '/api/auth/sessions', headers, payload: '{' });
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) statuses.push((await signIn()).statusCode);
  // What is refused by its address is not read: that it is no JSON is found of the first alone.
  expect(statuses).toEqual([400, ...Array(19).fill(429)]);
  expect(lines.filter(({ code }) => code === 'RATE_LIMITED')).toMatchObject([
    { route: '/api/auth/sessions', msg: 'refused', status: 429 },
  ]);
});
