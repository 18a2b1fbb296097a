import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, testToken } from '../testing/test-app.js';

type App = Awaited<ReturnType<typeof startTestApp>>;
let plain: App;
let secure: App;

beforeAll(async () => {
  plain = await startTestApp();
  secure = await startTestApp({ publicUrl: 'https://wallets.test', corsOrigins: ['https://shop.test'] });
});
afterAll(() => Promise.all([plain.close(), secure.close()]));

const bearer = { authorization: `Bearer ${testToken}` };
const asks: [string, 'GET' | 'POST', Record<string, string>][] = [
  ['/api/wallets', 'GET', {}],
  ['/api/wallets?limit=0', 'GET', bearer],
  ['/api/wallets/%zz', 'GET', bearer],
  ['/api/payments', 'POST', bearer],
  ['/api/nothing', 'GET', {}],
  ['/health/live', 'GET', {}],
  ['/metrics', 'GET', {}],
];

describe('every answer', () => {
  it.each(asks)('to %s is kept by nobody and taken for nothing else', async (url, method, headers) => {
    const answer = await plain.http.inject({ method, url, headers });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
  });

  it('has browsers keep to https where they come by it', async () => {
    for (const url of ['/api/wallets', '/health/live', '/api/docs', '/api/problems', '/']) {
      const { headers } = await secure.http.inject({ method: 'GET', url });
      expect([url, headers['strict-transport-security']]).toEqual([url, 'max-age=31536000']);
    }
  });
});

describe('a page of a listed origin', () => {
  const origin = 'https://shop.test';
  it('reads answers of the API, and why it was refused', async () => {
    const { statusCode, headers } = await secure.http.inject({
      method: 'GET',
      url: '/api/wallets',
      headers: { origin },
    });
    expect([statusCode, headers['access-control-allow-origin'], headers.vary]).toEqual([401, origin, 'Origin']);
  });

  it('is given leave without a token', async () => {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    const ask = { method: 'OPTIONS', url: '/api/payments', headers } as const;
    const { statusCode, headers: given } = await secure.http.inject(ask);
    expect([statusCode, given['access-control-allow-origin']]).toEqual([204, origin]);
    const elsewhere = await plain.http.inject(ask);
    expect([elsewhere.statusCode, elsewhere.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect(elsewhere.headers['access-control-allow-origin']).toBeUndefined();
  });
});
