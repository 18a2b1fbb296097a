import { type JWTPayload, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { MintedTokens } from './minted-tokens.js';
import { callerWithoutName } from './token-requests.js';

const secret = new TextEncoder().encode('a secret of at least thirty-two characters');
const minted = new MintedTokens(secret);

/** As this platform would, but for what is said otherwise. */
async function forged(claims: JWTPayload): Promise<string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const good = { iss: 'smart-wallet', aud: 'smart-wallet', sub: 'shop', jti: 'id', exp: seconds + 60, role: 'service' };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret);
}

test('a service token says what it is bound to', async () => {
  const { token } = await minted.mint({ role: 'service', scope: 'shop', caller: 'till', ttlSeconds: 60 });
  expect(await minted.read(token)).toMatchObject({ subject: 'token:till', roles: ['service'], scope: 'shop' });
  const { token: free } = await minted.mint({ role: 'service', caller: 'till', ttlSeconds: 60 });
  expect(await minted.read(free)).toMatchObject({ scope: null });
});

test('a gateway that knows no scopes does not take a token that is bound for one that is not', async () => {
  const { token } = await minted.mint({ role: 'service', scope: 'shop', caller: 'till', ttlSeconds: 60 });
  const [, payload] = token.split('.');
  expect(JSON.parse(Buffer.from(payload as string, 'base64url').toString()).aud).toBe('smart-wallet.scoped');
});

test('a token that is only half bound is none', async () => {
  expect(await minted.read(await forged({}))).toMatchObject({ scope: null });
  for (const claims of [
    { scope: 'shop' },
    { aud: 'smart-wallet.scoped' },
    { aud: 'smart-wallet.scoped', scope: 'a b' },
    { aud: 'smart-wallet.scoped', scope: 'shop', role: 'viewer' },
    { aud: 'smart-wallet.scoped', scope: 'shop', role: 'display' },
  ]) {
    expect(await minted.read(await forged(claims))).toBe('INVALID');
  }
});

test('tokens of different scopes that name no caller have keys of their own', () => {
  expect(callerWithoutName('service', undefined)).toBe('service');
  expect(callerWithoutName('service', 'shop')).toBe('service@shop');
  const [a, b] = ['x/y', 'x'.repeat(100)].map((scope) => callerWithoutName('service', scope)) as [string, string];
  expect(a).not.toBe(b);
  for (const name of [a, b]) expect(name).toMatch(/^[\w.@-]{1,100}$/);
});
