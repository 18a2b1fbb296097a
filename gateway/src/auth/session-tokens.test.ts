import { SignJWT } from 'jose';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { testToken } from '../testing/test-app.js';
import { mintedIssuer } from './minted-issuer.js';
import { Revocations, revokedWithinMs } from './revocations.js';
import { accessTtlSeconds, sessionAudience } from './session-tokens.js';
import { signingSecret } from './signing-secret.js';
import { Tokens } from './tokens.js';

const good = { revocations: { stateOf: () => 'GOOD' as const } };
const tokens = new Tokens(testToken, null, good);
const claims = { userId: 'u-1', sessionId: 's-1', role: 'operator', endsAtMs: Date.now() + 86_400_000 } as const;

/** Signed with the platform's own secret. */
function signed(changes: object, header: object = {}): Promise<string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const payload = { iss: mintedIssuer, aud: sessionAudience, sub: 'u-1', sid: 's-1', role: 'admin', exp: seconds + 60 };
  return new SignJWT({ ...payload, ...changes })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header })
    .sign(signingSecret(testToken, null));
}

describe('an access token', () => {
  it('stands for a person and a session, for ten minutes', async () => {
    const before = Date.now();
    const { accessToken, endsAtMs } = await tokens.signAccess(claims);
    expect(endsAtMs).toBeGreaterThan(before + accessTtlSeconds * 1_000 - 1_001);
    expect(endsAtMs).toBeLessThanOrEqual(Date.now() + accessTtlSeconds * 1_000);
    expect(await new Tokens(testToken, null, good).bearer(accessToken)).toEqual({
      ...{ subject: 'user:u-1', roles: ['operator'], scope: null, endsAtMs, userId: 'u-1', sessionId: 's-1' },
    });
  });

  it('is not good longer than its session', async () => {
    const endsAt = Math.floor(Date.now() / 1_000) + 30;
    expect((await tokens.signAccess({ ...claims, endsAtMs: endsAt * 1_000 + 500 })).endsAtMs).toBe(endsAt * 1_000);
  });

  it.each<[string, object, object, string]>([
    ['of another audience', { aud: 'smart-wallet' }, {}, 'INVALID'],
    ['of a minted token’s type', {}, { typ: 'JWT' }, 'INVALID'],
    ['of another algorithm', {}, { alg: 'HS512' }, 'INVALID'],
    ['without a session', { sid: undefined }, {}, 'INVALID'],
    ['without a user', { sub: undefined }, {}, 'INVALID'],
    ['without an end', { exp: undefined }, {}, 'INVALID'],
    ['whose time is over', { exp: 1 }, {}, 'ENDED'],
    ['of a program’s role', { role: 'service' }, {}, 'UNKNOWN_ROLE'],
    ['of several roles', { role: ['admin'] }, {}, 'UNKNOWN_ROLE'],
  ])('%s is none', async (_, changes, header, refusal) => {
    expect(await tokens.bearer(await signed({}))).toMatchObject({ userId: 'u-1' });
    expect(await tokens.bearer(await signed(changes, header))).toBe(refusal);
  });

  it('of another secret is none, and a minted token is no person', async () => {
    const { accessToken } = await new Tokens(testToken, 'x'.repeat(32), good).signAccess(claims);
    expect(await tokens.bearer(accessToken)).toBe('INVALID');
    const minted = await tokens.mint({ role: 'operator', caller: 'user:u-1', ttlSeconds: 60 });
    const bearer = await tokens.bearer(minted.token);
    expect(bearer).toMatchObject({ subject: 'token:user:u-1' });
    expect(bearer).not.toHaveProperty('userId');
  });
});

it('no access token is taken without news for five seconds, nor of a session that ended or a user who is disabled', async () => {
  let nowMs = 0;
  let withdrawn: string[] = [];
  const revocations = new Revocations(
    async () => withdrawn,
    pino({ level: 'silent' }),
    () => nowMs,
  );
  const followed = new Tokens(testToken, null, { revocations });
  const { accessToken } = await followed.signAccess(claims);
  expect(await followed.bearer(accessToken)).toBe('NO_REVOCATIONS');
  await revocations.read();
  expect(await followed.bearer(accessToken)).toMatchObject({ sessionId: 's-1' });
  for (const id of ['s-1', 'u-1']) {
    withdrawn = [id];
    await revocations.read();
    expect([followed.known(accessToken), await followed.bearer(accessToken)]).toEqual([undefined, 'REVOKED']);
  }
  withdrawn = ['another'];
  await revocations.read();
  expect(followed.known(accessToken)).toMatchObject({ sessionId: 's-1' });
  nowMs += revokedWithinMs + 1;
  expect([followed.known(accessToken), await followed.bearer(accessToken)]).toEqual([undefined, 'NO_REVOCATIONS']);
});
