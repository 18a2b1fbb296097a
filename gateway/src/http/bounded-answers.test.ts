import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAll, startTestApp, type TestEngine, testToken } from '../testing/test-app.js';
import { fieldErrorsMax } from './problem.js';

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, engine, close } = await startTestApp());
  claimAll(engine);
});
afterAll(() => close());

const post = (url: string, payload: string, key: Record<string, string> = { 'idempotency-key': 'k' }) => {
  const headers = { authorization: `Bearer ${testToken}`, 'content-type': 'application/json', ...key };
  return http.inject({ method: 'POST', url, payload, headers });
};
const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(',');

describe('a request with more mistakes than anybody reads', () => {
  it.each<[string, string, string, number]>([
    ['unknown fields', '/api/payments', `{${many(60_000, (i) => `"f${i}":1`)}}`, 60_005],
    ['unknown fields of a wallet', '/api/wallets', `{${many(60_000, (i) => `"f${i}":1`)}}`, 60_001],
    [
      'unknown fields of a batch',
      '/api/payments/batch',
      `{"payments":[1],${many(50_000, (i) => `"f${i}":1`)}}`,
      50_000,
    ],
    ['bad texts', '/api/payments', `{"metadata":{${many(50_000, (i) => `"f${i}":"\\u0000"`)}}}`, 50_000],
    ['bad items', '/api/payments/batch', `{"atomic":true,"payments":[${many(1_000, () => '{}')}]}`, 4_000],
  ])('%s: the first ones are named and the others counted', async (_, url, payload, count) => {
    const response = await post(url, payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toHaveLength(fieldErrorsMax);
    const more = Number(/; and (\d+) more$/.exec(response.json().detail)?.[1]);
    expect(Math.abs(more + fieldErrorsMax - count)).toBeLessThanOrEqual(5);
    expect(response.body.length).toBeLessThan(8_192);
  });

  it('a name that is too long is cut', async () => {
    const response = await post('/api/payments', `{"${'x'.repeat(900_000)}":1}`);
    expect(response.json().errors.at(-1).field).toMatch(/^x{200}\u2026$/);
    expect(response.body.length).toBeLessThan(4_096);
  });

  it('a batch of such payments stays bounded', async () => {
    const item = `{${many(98, (i) => `"${i}":1`)}}`;
    const payload = `{"payments":[${many(1_000, () => item)}]}`;
    const response = await post('/api/payments/batch', payload, {});
    expect(response.statusCode).toBe(200);
    expect(response.json().results).toHaveLength(1_000);
    expect(response.body.length).toBeLessThan(2 * payload.length);
  });
});
