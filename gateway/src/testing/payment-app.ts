import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import { recorded } from './fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from './test-app.js';

export const sender = '11111111-1111-4111-8111-111111111111';
export const receiver = '22222222-2222-4222-8222-222222222222';
export const good = { senderWalletId: sender, receiverWalletId: receiver, amount: '12.50', currency: 'EUR' };
export const auth = { authorization: `Bearer ${testToken}` };

/** The application with a payment to try on it, rightly and wrongly; its engine records whatever it is asked. */
export interface PaymentApp {
  http: FastifyInstance;
  engine: TestEngine;
  /** With a key of its own, unless the headers have one. A text or bytes are sent as they are. */
  post(url: string, payload: unknown, headers?: Record<string, string>): Promise<PostAnswer>;
  pay(payload: unknown, headers?: Record<string, string>): Promise<PostAnswer>;
  /** To be called before each test. */
  reset(): void;
  close(): Promise<void>;
}

type PostAnswer = Awaited<ReturnType<FastifyInstance['inject']>>;

export async function startPaymentApp(): Promise<PaymentApp> {
  const { http, engine, close } = await startTestApp();
  let keys = 0;
  const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
    http.inject({
      method: 'POST',
      url,
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
      headers: { ...auth, 'content-type': 'application/json', 'idempotency-key': `key-${++keys}`, ...headers },
    });
  return {
    ...{ http, engine, post, close },
    pay: (payload, headers) => post('/api/payments', payload, headers),
    reset() {
      engine.seen.length = 0;
      engine.decide = (command) => ({ outcome: 'RECORDED', transaction: recorded(command), replayed: false });
      claimAll(engine);
    },
  };
}

/** The problem that was answered, whole. */
export function expectProblem(response: PostAnswer, status: number, code: string) {
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
