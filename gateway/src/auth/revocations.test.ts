import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { testToken } from '../testing/test-app.js';
import { Revocations, revokedWithinMs } from './revocations.js';
import { Tokens } from './tokens.js';

describe('what was withdrawn', () => {
  const log = pino({ level: 'silent' });
  const request = { role: 'viewer', caller: 'eye', ttlSeconds: 60 } as const;

  it('is good for five seconds of silence; then no minted token is let in, and the development token is', async () => {
    let nowMs = 0;
    let revoked: string[] | Error = [];
    const read = async () => {
      if (revoked instanceof Error) throw revoked;
      return revoked;
    };
    const revocations = new Revocations(read, log, () => nowMs);
    const tokens = new Tokens(testToken, null, { revocations });
    const { token, tokenId } = await tokens.mint(request);
    // Nothing was heard yet.
    expect(await tokens.bearer(token)).toBe('NO_REVOCATIONS');
    await revocations.read();
    expect(await tokens.bearer(token)).toMatchObject({ subject: 'token:eye', roles: ['viewer'], tokenId });

    revoked = new Error('no database');
    nowMs += revokedWithinMs;
    await revocations.read();
    expect(tokens.known(token)).toMatchObject({ tokenId });
    nowMs += 1;
    expect([tokens.known(token), await tokens.bearer(token)]).toEqual([undefined, 'NO_REVOCATIONS']);
    expect(await tokens.bearer(testToken)).toMatchObject({ subject: 'dev' });

    revoked = [tokenId];
    await revocations.read();
    expect([tokens.known(token), await tokens.bearer(token)]).toEqual([undefined, 'REVOKED']);
  });

  it('is as old as the question, not as the answer', async () => {
    let nowMs = 0;
    let answer: (ids: string[]) => void = () => {};
    const slow = () => new Promise<string[]>((resolve) => (answer = resolve));
    const revocations = new Revocations(slow, log, () => nowMs);
    const reading = revocations.read();
    nowMs = revokedWithinMs + 1;
    answer([]);
    await reading;
    expect(revocations.stateOf({ tokenId: 'any' })).toBe('UNKNOWN');
  });
});
