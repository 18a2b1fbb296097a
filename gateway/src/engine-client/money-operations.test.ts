import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recorded } from '../testing/fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from '../testing/test-app.js';

const id = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;
let leastProtocol = 1;
let looks = 0;

beforeAll(async () => {
  const look = () => {
    looks += 1;
    return leastProtocol;
  };
  ({ http, engine, close } = await startTestApp({ leastProtocol: look }));
  engine.decide = (command) => ({
    ...{ outcome: 'RECORDED', replayed: false },
    transaction: { ...recorded(command), expiresAtMs: Date.now() },
  });
  claimAll(engine);
});
afterAll(() => close());

let keys = 0;
function post(url: string, payload: object) {
  keys += 1;
  const headers = { authorization: `Bearer ${testToken}`, 'idempotency-key': `key-${keys}` };
  return http.inject({ method: 'POST', url, payload, headers });
}

test('what engines of before do not know is not sent to any while one may own a partition, and payments are', async () => {
  const money = { amount: '1.00', currency: 'EUR' };
  const hold = () => post('/api/holds', { walletId: id, receiverWalletId: other, ...money });
  const held = await hold();
  expect([held.statusCode, held.json().code]).toEqual([503, 'UPGRADE_UNDER_WAY']);
  expect(Number(held.headers['retry-after'])).toBeGreaterThan(0);
  expect((await post(`/api/holds/${id}/void`, {})).json().code).toBe('UPGRADE_UNDER_WAY');
  expect(engine.seen).toEqual([]);
  const paid = await post('/api/payments', { senderWalletId: id, receiverWalletId: other, ...money });
  expect(paid.statusCode).toBe(201);

  leastProtocol = 4;
  expect([(await hold()).statusCode, (await hold()).statusCode]).toEqual([201, 201]);
  expect(engine.seen.map(({ type }) => type)).toEqual(['TRANSFER', 'HOLD', 'HOLD']);
  // For good: it is not asked again.
  expect(looks).toBe(3);
});
