import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, testToken, testTokens } from '../testing/test-app.js';
import { displayTtlSecondsMax, ttlSecondsDefault, ttlSecondsMax } from './token-requests.js';
import { developmentBearer, Tokens } from './tokens.js';

let http: FastifyInstance;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, close } = await startTestApp());
});
afterAll(() => close());

const mint = (payload: unknown, token = testToken) =>
  http.inject({
    method: 'POST',
    url: '/api/auth/token',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });

const display = { role: 'display', caller: 'display', ttlSeconds: 60 } as const;

describe('a display token', () => {
  it('is minted for the development token, for thirty days or as long as is asked', async () => {
    for (const ttlSeconds of [undefined, 60, displayTtlSecondsMax]) {
      const before = Date.now();
      const response = await mint({ role: 'display', ttlSeconds });
      expect(response.statusCode).toBe(201);
      expect(response.headers['cache-control']).toBe('no-store');
      const { token, tokenId, role, expiresAt } = response.json();
      expect(role).toBe('display');
      const lifeMs = (ttlSeconds ?? ttlSecondsDefault) * 1_000;
      expect(Date.parse(expiresAt)).toBeGreaterThan(before + lifeMs - 1_001);
      expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + lifeMs);
      expect(await testTokens().bearer(token)).toEqual({
        ...{ subject: 'display', roles: ['display'], scope: null, endsAtMs: Date.parse(expiresAt), tokenId },
      });
    }
  });

  it.each<[string, unknown, string, string]>([
    ['another role', { role: 'admin' }, 'role', 'NOT_ALLOWED'],
    ['no role', {}, 'role', 'REQUIRED'],
    ['no time at all', { role: 'display', ttlSeconds: 0 }, 'ttlSeconds', 'RANGE'],
    ['more than a year', { role: 'viewer', ttlSeconds: ttlSecondsMax + 1 }, 'ttlSeconds', 'RANGE'],
    ['a name with a space', { role: 'viewer', caller: 'a b' }, 'caller', 'FORMAT'],
    ['more than ninety days', { role: 'display', ttlSeconds: displayTtlSecondsMax + 1 }, 'ttlSeconds', 'RANGE'],
    ['half a second', { role: 'display', ttlSeconds: 1.5 }, 'ttlSeconds', 'RANGE'],
    ['a time as text', { role: 'display', ttlSeconds: '60' }, 'ttlSeconds', 'RANGE'],
    ['a scope', { role: 'viewer', scope: 'shop' }, 'scope', 'ROLE'],
    ['a scope of spaces', { role: 'service', scope: 'a b' }, 'scope', 'SCOPE'],
    ['an empty scope', { role: 'service', scope: '' }, 'scope', 'SCOPE'],
    ['a long scope', { role: 'service', scope: 'x'.repeat(101) }, 'scope', 'SCOPE'],
    ['an unknown field', { role: 'display', forever: true }, 'forever', 'UNKNOWN_FIELD'],
  ])('with %s is not', async (_, body, field, rule) => {
    const response = await mint(body);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ field, rule, message: expect.any(String) }]);
  });

  it('is good for nothing in the API, not even for another token', async () => {
    const { token } = (await mint({ role: 'display' })).json();
    for (const [method, url] of [
      ['GET', '/api/wallets'],
      ['POST', '/api/payments'],
      ['GET', '/api/transactions'],
      ['POST', '/api/auth/token'],
    ] as const) {
      const response = await http.inject({ method, url, headers: { authorization: `Bearer ${token}` } });
      expect([url, response.statusCode, response.json().code]).toEqual([url, 403, 'FORBIDDEN']);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope", scope="[a-z ]*admin"$/);
    }
  });

  it('whose time is over, or that was changed, is no token', async () => {
    const tokens = testTokens();
    const { token } = await tokens.mint(display);
    const [head, , signature] = token.split('.');
    const raised = Buffer.from(JSON.stringify({ role: 'development' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const bad of [
      (await tokens.mint(display, Date.now() - 120_000)).token,
      `${head}.${raised}.${signature}`,
      `${none}.${token.split('.')[1]}.x`,
      (await testTokens(testToken, 'x'.repeat(32)).mint(display)).token,
    ]) {
      const response = await http.inject({ url: '/api/wallets', headers: { authorization: `Bearer ${bad}` } });
      expect([response.statusCode, response.json().code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
  });
});

describe('tokens', () => {
  it('are read by every gateway with the same secret, or the same development token', async () => {
    const { token } = await testTokens('one-development-token', 's'.repeat(32)).mint(display);
    expect(await testTokens('other-development-token', 's'.repeat(32)).bearer(token)).toMatchObject({
      roles: ['display'],
    });
    const derived = await testTokens('one-development-token', null).mint(display);
    expect(await testTokens('one-development-token', null).bearer(derived.token)).toMatchObject({ roles: ['display'] });
    expect(await testTokens('two-development-token', null).bearer(derived.token)).toBe('INVALID');
  });

  it('for development are compared whole', async () => {
    const tokens = testTokens('one-development-token', null);
    expect(await tokens.bearer('one-development-token')).toBe(developmentBearer);
    for (const wrong of ['', 'one-development-toke', 'one-development-tokem', 'one-development-token2']) {
      expect(await tokens.bearer(wrong)).toBe('INVALID');
    }
  });

  it('without a development token, minted ones are read, and nothing is taken for it', async () => {
    const production = new Tokens(null, 's'.repeat(32), { revocations: { stateOf: () => 'GOOD' } });
    const { token } = await production.mint(display);
    expect(await production.bearer(token)).toMatchObject({ roles: ['display'] });
    for (const none of ['', 'null', 'undefined', testToken]) expect(await production.bearer(none)).toBe('INVALID');
    expect(() => new Tokens(null, null, { revocations: { stateOf: () => 'GOOD' } })).toThrow('secret');
  });

  it('for development are not taken in letters whose codes end alike', async () => {
    const twin = [...testToken].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0x100)).join('');
    expect(await testTokens().bearer(twin)).toBe('INVALID');
  });
});
