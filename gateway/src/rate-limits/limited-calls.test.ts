import { randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { Tokens } from '../auth/tokens.js';
import type { Bearer } from '../http/bearer.js';
import { recorded } from '../testing/fake-owner.js';
import { claimAll, startTestApp, testToken } from '../testing/test-app.js';

let app: Awaited<ReturnType<typeof startTestApp>>;
afterEach(() => app.close());

const [sender, receiver] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const terms = { senderWalletId: sender, receiverWalletId: receiver, amount: '1.00', currency: 'EUR' };
const authorization = `Bearer ${testToken}`;

async function start(options: Parameters<typeof startTestApp>[0]) {
  app = await startTestApp(options);
  claimAll(app.engine);
  app.engine.decide = (command) =>
    ({ outcome: 'RECORDED', transaction: recorded(command as never), replayed: false }) as never;
}

const call = (request: InjectOptions) =>
  app.http.inject({ ...request, headers: { authorization, ...request.headers } } as InjectOptions);
const pay = (key: string = randomUUID(), token = authorization) =>
  call({
    ...{ method: 'POST', url: '/api/payments', payload: terms },
    headers: { 'idempotency-key': key, authorization: token },
  });
const payBatch = (count: number) =>
  call({
    ...{ method: 'POST', url: '/api/payments/batch' },
    payload: { payments: Array.from({ length: count }, () => ({ ...terms, idempotencyKey: randomUUID() })) },
  });

it('every answer of a limited route says how the caller stands, errors too', async () => {
  await start({ rateLimits: { payments: { points: 100, periodSeconds: 60 } } });
  const good = await pay();
  expect(good.statusCode).toBe(201);
  expect(good.headers['ratelimit-policy']).toBe('"payments";q=100;w=60');
  expect(good.headers.ratelimit).toBe('"payments";r=99;t=60');
  const bad = await call({ method: 'POST', url: '/api/payments', payload: {} });
  expect([bad.statusCode, bad.headers.ratelimit]).toEqual([400, '"payments";r=98;t=60']);
  const without = await app.http.inject({ method: 'POST', url: '/api/payments', payload: {} });
  expect([without.statusCode, without.headers.ratelimit]).toEqual([401, undefined]);
  // Reads have a limit of their own, which is off here.
  const read = await call({ method: 'GET', url: '/api/payments/x' });
  expect([read.statusCode, read.headers.ratelimit]).toEqual([400, undefined]);
});

it('above the limit a payment is refused with the time to wait, does nothing, and uses no key up', async () => {
  await start({ rateLimits: { payments: { points: 2, periodSeconds: 60 } } });
  await pay();
  await pay();
  const asked = app.engine.seen.length;
  const key = randomUUID();
  const refused = await pay(key);
  expect(refused.statusCode).toBe(429);
  expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', type: '/api/problems/rate-limited' });
  expect(refused.headers).toMatchObject({ ratelimit: '"payments";r=0;t=60', 'retry-after': '60' });
  expect(app.engine.seen.length).toBe(asked);
  app.engine.pass(60_000);
  claimAll(app.engine, 2);
  expect((await pay(key)).statusCode).toBe(201);
});

it('each payment of a batch counts, and a batch that does not fit is refused as a whole', async () => {
  await start({ rateLimits: { payments: { points: 100, periodSeconds: 60 } } });
  const first = await payBatch(60);
  expect([first.statusCode, first.headers.ratelimit]).toEqual([200, '"payments";r=40;t=60']);
  const asked = app.engine.seen.length;
  expect((await payBatch(60)).statusCode).toBe(429);
  expect(app.engine.seen.length).toBe(asked);
  // It was counted as one call before it was read.
  expect((await payBatch(39)).statusCode).toBe(200);
  expect((await pay()).statusCode).toBe(429);
});

it('a batch that is larger than the whole limit is told so: to wait would not help', async () => {
  await start({ rateLimits: { payments: { points: 10, periodSeconds: 60 } } });
  const answer = await payBatch(11);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors).toEqual([
    { field: 'payments', rule: 'RATE_LIMIT', message: expect.stringContaining('10 in 60 seconds') },
  ]);
  expect((await payBatch(9)).statusCode).toBe(200);
});

it('all tokens of a caller count together, and what is forbidden counts', async () => {
  class Callers extends Tokens {
    override known(): undefined {}
    override async bearer(token: string): Promise<Bearer> {
      const [subject = '', role] = token.split('.');
      return { subject, roles: [role as never], scope: null, endsAtMs: Infinity };
    }
  }
  const tokens = new Callers(testToken, null, { revocations: { stateOf: () => 'GOOD' } });
  await start({ tokens, rateLimits: { payments: { points: 3, periodSeconds: 60 } } });
  const by = async (token: string) => (await pay(randomUUID(), `Bearer ${token}`)).statusCode;
  expect(await by('shop.service.1')).toBe(201);
  expect(await by('shop.service.2')).toBe(201);
  expect(await by('shop.viewer.3')).toBe(403);
  expect(await by('shop.service.4')).toBe(429);
  expect(await by('shop.viewer.5')).toBe(429);
  expect(await by('other.service.1')).toBe(201);
});

it('bad tokens of an address are read only so often; good ones that are known go on', async () => {
  await start({
    rateLimits: { 'bad-tokens': { points: 5, periodSeconds: 60 } },
    trustedProxies: ['127.0.0.1'],
  });
  const from = async (address: string, token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': address };
    return (await app.http.inject({ method: 'GET', url: '/api/payments/x', headers })).statusCode;
  };
  const statuses = await Promise.all(Array.from({ length: 8 }, (_, i) => from('192.0.2.1', `a.b.${i}`)));
  expect(statuses.sort()).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  expect(await from('192.0.2.1', testToken)).toBe(400);
  expect(await from('192.0.2.2', 'a.b.c')).toBe(401);
  expect(await from('2001:db8::1', 'a.b.c')).toBe(401);
  app.engine.pass(60_000);
  expect(await from('192.0.2.1', 'a.b.c')).toBe(401);
});

it('sign-ins are counted by address before they are read, and by e-mail wherever they come from', async () => {
  // Each gateway alone lets half of it through: there is no Redis here.
  await start({ rateLimits: { 'sign-in': { points: 6, periodSeconds: 60 } }, trustedProxies: ['127.0.0.1'] });
  const signIn = async (address: string, payload: object) => {
    const headers = { 'x-forwarded-for': address };
    const answer = await app.http.inject({ method: 'POST', url: '/api/auth/sessions', headers, payload });
    return answer.statusCode;
  };
  const malformed = [1, 2, 3, 4].map(() => signIn('192.0.2.1', {}));
  expect(await Promise.all(malformed)).toEqual([400, 400, 400, 429]);
  // Who is let through waits for the database, which is away here.
  const ann = { email: 'ann@example.com', password: 'correct horse battery staple' };
  const flood = [2, 3, 4, 5, 6].map((place) => signIn(`192.0.2.${place}`, ann));
  expect((await Promise.all(flood)).sort()).toEqual([429, 429, 503, 503, 503]);
  expect(await signIn('192.0.2.7', { ...ann, email: 'ANN@example.com' })).toBe(429);
  expect(await signIn('192.0.2.7', { ...ann, email: 'bob@example.com' })).toBe(503);
});
