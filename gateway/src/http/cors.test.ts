import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookiePath, headersExposed, registerCors } from './cors.js';
import { Origins } from './origins.js';
import { ProblemError } from './problem.js';

const shop = 'https://shop.test';
const host = 'gateway.test';

function serving(origins: Origins): FastifyInstance {
  const app = Fastify();
  registerCors(app, origins);
  app.setErrorHandler((error, _request, reply) =>
    reply.code(error instanceof ProblemError ? 403 : 500).send(error instanceof ProblemError ? error.problem : 'fault'),
  );
  app.get('/api/wallets', (_request, reply) => reply.code(401).send('no token'));
  app.get('/wallboard', () => 'page');
  for (const [method, url] of [
    ['POST', cookiePath],
    ['POST', `${cookiePath}/refresh`],
    ['DELETE', cookiePath],
    ['GET', `${cookiePath}/mine`],
    ['POST', `${cookiePath}-others`],
  ] as const) {
    app.route({ method, url, handler: () => 'signed in' });
  }
  return app;
}

let listing: FastifyInstance;
let closed: FastifyInstance;
beforeAll(async () => {
  listing = serving(new Origins([shop, 'http://localhost:5173'], 'https://wallets.test'));
  closed = serving(new Origins());
  await Promise.all([listing.ready(), closed.ready()]);
});
afterAll(() => Promise.all([listing.close(), closed.close()]));

type Ask = { method?: 'GET' | 'POST' | 'DELETE' | 'OPTIONS'; url?: string; origin?: string | undefined };
const ask = (
  app: FastifyInstance,
  { method = 'GET', url = '/api/wallets', origin, ...headers }: Ask & Record<string, string | undefined>,
) =>
  app.inject({ method, url, headers: { host, ...(origin === undefined ? {} : { origin }), ...(headers as object) } });
const leave = { method: 'OPTIONS', 'access-control-request-method': 'POST' } as const;
const corsHeaders = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control-'));

/** Near a listed one, and none. */
const strangers = [
  'https://evil.test',
  'https://shop.test.evil.test',
  'https://evilshop.test',
  'https://sub.shop.test',
  'http://shop.test',
  'https://shop.test:8443',
  'HTTPS://SHOP.TEST',
  'https://shop.test/',
  'https://shop.test, https://evil.test',
  'http://localhost:5174',
  'null',
  '*',
  '',
];

describe('a page of a listed origin', () => {
  it('may read an answer, and the headers that belong to it, an error as well', async () => {
    const { statusCode, headers } = await ask(listing, { origin: shop });
    expect(statusCode).toBe(401);
    expect(headers).toMatchObject({ 'access-control-allow-origin': shop, vary: 'Origin' });
    for (const name of ['Trace-Id', 'Retry-After', 'Idempotency-Replayed', 'RateLimit', 'Export-Total', 'Location']) {
      expect((headers['access-control-expose-headers'] as string).split(', ')).toContain(name);
    }
    expect(headers['access-control-expose-headers']).toBe(headersExposed);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('is given leave for what the API takes, without a token and before any route', async () => {
    for (const url of ['/api/wallets', '/api/payments', '/api/nothing']) {
      const { statusCode, headers, body } = await ask(listing, { ...leave, url, origin: shop });
      expect([statusCode, body]).toEqual([204, '']);
      expect(headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-max-age': '7200',
        vary: 'Origin',
      });
      expect(headers['access-control-allow-methods']).toContain('PATCH');
      expect(headers['access-control-allow-headers']).toContain('idempotency-key');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it('brings a cookie where sessions are, and nowhere else', async () => {
    for (const [url, brings] of [
      [cookiePath, 'true'],
      [`${cookiePath}/refresh`, 'true'],
      [`${cookiePath}?x=1`, 'true'],
      [`${cookiePath}-others`, undefined],
      ['/api/payments', undefined],
    ] as const) {
      const { headers } = await ask(listing, { ...leave, url, origin: shop });
      expect([url, headers['access-control-allow-credentials']]).toEqual([url, brings]);
    }
  });

  it('gets no leave for a page', async () => {
    const { headers } = await ask(listing, { url: '/wallboard', origin: shop });
    expect([corsHeaders(headers), headers.vary]).toEqual([[], undefined]);
  });
});

describe('a page of anybody else', () => {
  it.each(strangers)('%j may read nothing, and is given no leave', async (origin) => {
    for (const app of [listing, closed]) {
      expect(corsHeaders((await ask(app, { origin })).headers)).toEqual([]);
      const asked = await ask(app, { ...leave, origin });
      expect([corsHeaders(asked.headers), asked.statusCode]).toEqual([[], 404]);
    }
  });

  it.each(strangers)('%j may not use the cookie of a session', async (origin) => {
    for (const app of [listing, closed]) {
      for (const [method, url] of [
        ['POST', cookiePath],
        ['POST', `${cookiePath}/refresh`],
        ['DELETE', cookiePath],
        // The same address in another spelling.
        ['POST', cookiePath.replace('sessions', '%73essions')],
      ] as const) {
        const { statusCode, json } = await ask(app, { method, url, origin });
        expect([url, statusCode, json().code]).toEqual([url, 403, 'FORBIDDEN']);
      }
      expect((await ask(app, { url: `${cookiePath}/mine`, origin })).statusCode).toBe(200);
      expect((await ask(app, { method: 'POST', url: `${cookiePath}-others`, origin })).statusCode).toBe(200);
    }
  });

  it('says the same to caches, whoever asks first', async () => {
    for (const origin of [undefined, shop, 'https://evil.test']) {
      expect((await ask(listing, { origin })).headers.vary).toBe('Origin');
      expect((await ask(closed, { origin })).headers.vary).toBeUndefined();
    }
  });
});

it.each([undefined, `https://${host}`, `http://${host}`, shop, 'https://wallets.test'])(
  'a session is opened by a program, a page of the gateway itself, or one of a listed origin: %s',
  async (origin) => {
    expect((await ask(listing, { method: 'POST', url: cookiePath, origin })).statusCode).toBe(200);
  },
);

it('a page of the gateway itself is known by the host that was asked for, in any spelling', () => {
  const origins = new Origins();
  for (const [origin, asked, admitted] of [
    ['https://a.test', 'a.test:443', true],
    ['http://a.test', 'A.test', true],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['http://127.0.0.1:3000', '127.0.0.1:3000', true],
    ['http://127.0.0.1:3000', '127.0.0.1:3001', false],
    ['https://a.test', 'b.test', false],
    ['https://a.test', undefined, false],
    ['https://a.test', 'a.test/..', false],
    ['https://a.test', 'evil@a.test', false],
    ['null', 'null', false],
    ['file://', '', false],
  ] as const) {
    expect([origin, asked, origins.admits(origin, asked)]).toEqual([origin, asked, admitted]);
  }
});
