import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RefusedError, readHandshake } from '../live/handshake.js';
import { BadTokens } from '../rate-limits/bad-tokens.js';
import { IdentityProvider } from '../testing/identity-provider.js';
import { startTestApp, testToken, testTokens } from '../testing/test-app.js';
import { openProvider } from './open-provider.js';
import { fetchEveryMs, keysLiveMs, ProviderKeys } from './provider-keys.js';
import { ProviderTokens } from './provider-tokens.js';
import { Tokens, tokensKeptMax } from './tokens.js';

/** Enters nobody. */
const people = {
  enter: async (): Promise<string | null> => {
    throw new Error('nobody is entered here');
  },
  known: async () => null,
};
const silent = pino({ level: 'silent' });
let provider: IdentityProvider;
let tokens: Tokens;
let http: FastifyInstance;
let close: () => Promise<void>;

beforeEach(async () => {
  provider = await IdentityProvider.start();
  const revocations = { stateOf: () => 'GOOD' as const };
  tokens = new Tokens(testToken, null, { revocations, provider: openProvider(provider.config, people, silent) });
  ({ http, close } = await startTestApp({ tokens }));
});
afterEach(async () => {
  await close();
  await provider.close();
});

const seconds = () => Math.floor(Date.now() / 1_000);
/** What needs a role and no database. */
const ask = (token: string) =>
  http.inject({ url: '/api/wallets?limit=0', headers: { authorization: `Bearer ${token}` } });

const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('a token of the identity provider', () => {
  it('stands for its subject at that provider, with the roles that it holds', async () => {
    const { issuer } = provider.config;
    const token = await provider.mint({ sub: 'shop', access: { roles: ['service', 'viewer', 'king'] } });
    expect(await tokens.bearer(token)).toEqual({
      ...{ subject: `${issuer}|shop`, roles: ['service', 'viewer'], scope: null },
      endsAtMs: expect.any(Number),
    });
    // Past authentication: only the question is wrong.
    expect((await ask(token)).json().code).toBe('VALIDATION_FAILED');
  });

  it('may be signed with any key and algorithm that is allowed, and say its roles as words', async () => {
    await provider.addKey('two', 'ES256');
    await provider.addKey('three', 'EdDSA');
    for (const [kid, alg, typ] of [
      ['one', 'RS256', 'JWT'],
      ['two', 'ES256', 'at+jwt'],
      ['three', 'EdDSA', 'application/at+jwt'],
    ] as const) {
      const token = await provider.mint({ access: { roles: 'openid operator' } }, { kid, alg, typ }, kid);
      expect(await tokens.bearer(token)).toMatchObject({ roles: ['operator'] });
    }
  });

  it('with a scope is a service\u2019s that is bound to it, whatever other roles it holds', async () => {
    const { issuer } = provider.config;
    const token = await provider.mint({ wallet_scope: 'shop', access: { roles: ['service', 'viewer', 'admin'] } });
    expect(await tokens.bearer(token)).toEqual({
      ...{ subject: `${issuer}|shop`, roles: ['service'], scope: 'shop' },
      endsAtMs: expect.any(Number),
    });
    for (const roles of [['viewer'], ['operator', 'admin']]) {
      const other = await provider.mint({ wallet_scope: 'shop', access: { roles } });
      expect((await ask(other)).json().code).toBe('FORBIDDEN');
    }
  });

  it('with a scope that cannot be read is none: nobody knows what it is bound to', async () => {
    for (const scope of [null, '', 'a b', 7, ['shop'], 'x'.repeat(101), { shop: true }]) {
      expect(await tokens.bearer(await provider.mint({ wallet_scope: scope }))).toBe('INVALID');
    }
  });

  it('with a scope and a person is none: nobody is entered by it, and no role is lost', async () => {
    const access = { roles: ['service', 'operator'] };
    for (const email of ['ann@example.com', 7, '']) {
      const token = await provider.mint({ wallet_scope: 'shop', access, contact: { email } });
      // `people` throws for whoever is entered.
      const response = await ask(token);
      expect([response.statusCode, response.json().code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(response.json().detail).toBe('The bearer token names a scope and a person: a scope binds services alone.');
      expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
  });

  it('with a scope is none either of whom the subject says to be a person', async () => {
    const reader = new ProviderTokens(provider.config, new ProviderKeys(provider.config.jwksUrl, silent).find, {
      ...people,
      known: async (subject) => (subject.endsWith('|ann') ? 'u1' : null),
    });
    expect(await reader.read(await provider.mint({ sub: 'ann', wallet_scope: 'shop' }))).toBe('SCOPED_PERSON');
    expect(await reader.read(await provider.mint({ sub: 'ann' }))).toMatchObject({ userId: 'u1', scope: null });
    expect(await reader.read(await provider.mint({ wallet_scope: 'shop' }))).toMatchObject({ scope: 'shop' });
  });

  it('without a role of ours opens nothing', async () => {
    for (const access of [{ roles: [] }, { roles: ['king'] }, { roles: { admin: true } }, { roles: 7 }, 'admin']) {
      expect((await ask(await provider.mint({ access }))).json().code).toBe('FORBIDDEN');
    }
    expect((await ask(await provider.mint({ access: undefined, roles: ['admin'] }))).json().code).toBe('FORBIDDEN');
  });

  it('is read once, and good until its end and not a moment longer', async () => {
    const token = await provider.mint({ exp: seconds() + 2 });
    expect(await tokens.bearer(token)).toMatchObject({ roles: ['service'] });
    expect(tokens.known(token)).toMatchObject({ roles: ['service'] });
    const { endsAtMs } = tokens.known(token) as { endsAtMs: number };
    await new Promise((over) => setTimeout(over, endsAtMs - Date.now() + 1));
    expect(tokens.known(token)).toBeUndefined();
    expect((await ask(token)).json().detail).toBe('The time of the bearer token is over.');
  });
});

it('watches the live stream only with a role that reads everything', async () => {
  const asks = async (...roles: string[]) =>
    readHandshake(tokens, new BadTokens(null, Date.now), {
      auth: { token: await provider.mint({ access: { roles } }) },
      client: { ip: '192.0.2.1' } as never,
    }).then(
      () => 'ADMITTED',
      (error: RefusedError) => error.data.code,
    );
  for (const role of ['display', 'viewer', 'operator', 'admin']) expect(await asks(role)).toBe('ADMITTED');
  expect([await asks('service'), await asks()]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

it('a token of the provider is none where no provider is set', async () => {
  expect(await testTokens().bearer(await provider.mint())).toBe('INVALID');
});

describe('the provider’s keys', () => {
  it('are asked for once, though 10,000 tokens name keys that nobody knows', async () => {
    await tokens.bearer(await provider.mint());
    const forged = (await provider.mint()).split('.');
    for (let i = 0; i < 10_000; i++) {
      const head = text({ alg: 'RS256', typ: 'at+jwt', kid: randomUUID() });
      expect(await tokens.bearer(`${head}.${forged[1]}.${forged[2]}`)).toBe('INVALID');
    }
    expect(provider.asked).toBe(1);
  });

  it('are asked for again, by one for all, when a token names a new one', async () => {
    let nowMs = 0;
    const keys = new ProviderKeys(provider.config.jwksUrl, silent, () => nowMs);
    const reader = new ProviderTokens(provider.config, keys.find, people);
    await reader.read(await provider.mint());
    await provider.addKey('new', 'RS256');
    const token = await provider.mint({}, { kid: 'new' }, 'new');
    expect(await reader.read(token)).toBe('INVALID');
    nowMs += fetchEveryMs;
    const read = await Promise.all(Array.from({ length: 50 }, () => reader.read(token)));
    expect(read.filter((bearer) => typeof bearer === 'string')).toEqual([]);
    expect(provider.asked).toBe(2);
  });

  it('go on while the provider is away, and it is not asked more often for that', async () => {
    let nowMs = 0;
    const keys = new ProviderKeys(provider.config.jwksUrl, silent, () => nowMs);
    const reader = new ProviderTokens(provider.config, keys.find, people);
    await reader.read(await provider.mint());
    provider.broken = 503;
    nowMs += keysLiveMs + 1;
    for (let i = 0; i < 20; i++) expect(await reader.read(await provider.mint())).toMatchObject({ roles: ['service'] });
    expect(provider.asked).toBe(2);
  });

  it('that never came let nobody in, and the caller hears why; once they come, it may', async () => {
    provider.broken = 500;
    const token = await provider.mint();
    const response = await ask(token);
    expect([response.statusCode, response.json().code]).toEqual([503, 'IDENTITY_UNAVAILABLE']);
    expect(response.headers['retry-after']).toBe('5');
    expect((await ask(testToken)).json().code).toBe('VALIDATION_FAILED');
    provider.broken = null;
    await new Promise((over) => setTimeout(over, 1_000));
    expect((await ask(token)).json().code).toBe('VALIDATION_FAILED');
  });
});

it('a token is read anew with the keys of then, however long it says that it is good', async () => {
  const endsAtMs = Date.now() + 365 * 86_400_000;
  const bearer = { subject: 's', roles: ['service'] as const, scope: null, endsAtMs };
  let read: typeof bearer | 'INVALID' = bearer;
  const some = new Tokens(testToken, null, {
    revocations: { stateOf: () => 'GOOD' },
    provider: { rules: provider.config, read: async () => read },
  });
  const token = await provider.mint({ exp: endsAtMs / 1_000 });
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    expect(await some.bearer(token)).toBe(bearer);
    read = 'INVALID';
    vi.setSystemTime(Date.now() + keysLiveMs - 1);
    expect(some.known(token)).toBe(bearer);
    vi.setSystemTime(Date.now() + 1);
    expect([some.known(token), await some.bearer(token)]).toEqual([undefined, 'INVALID']);
  } finally {
    vi.useRealTimers();
  }
});

it('a withdrawn token that is asked with again and again pushes no good one out', async () => {
  const withdrawn = new Set<string>();
  const some = new Tokens(testToken, null, {
    revocations: { stateOf: ({ tokenId = '' }) => (withdrawn.has(tokenId) ? 'REVOKED' : 'GOOD') },
  });
  const mint = () => some.mint({ role: 'viewer', caller: 'x', ttlSeconds: 60 });
  const good = await mint();
  await some.bearer(good.token);
  for (let made = 1; made < tokensKeptMax; made++) await some.bearer((await mint()).token);
  const bad = await mint();
  withdrawn.add(bad.tokenId);
  for (let asked = 0; asked < 3; asked++) expect(await some.bearer(bad.token)).toBe('REVOKED');
  expect(some.known(good.token)).toMatchObject({ tokenId: good.tokenId });
});

it('many tokens do not fill the memory', async () => {
  const { TokenCache } = await import('./token-cache.js');
  const cache = new TokenCache(10);
  const bearer = { subject: 's', roles: [], scope: null, endsAtMs: 1_000 };
  for (let i = 0; i < 100; i++) cache.keep(`token ${i}`, bearer);
  expect([cache.size, cache.find('token 0', 0), cache.find('token 99', 0)]).toEqual([10, undefined, bearer]);
  expect([cache.find('token 99', 1_000), cache.size]).toEqual([undefined, 9]);
});
