import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RefreshTokens } from './refresh-tokens.js';

const secret = (text: string) => new TextEncoder().encode(text.repeat(32));
const tokens = new RefreshTokens(secret('a'));

describe('a refresh token', () => {
  it('is read as what was given out, by every gateway with the same secret', () => {
    const first = tokens.first();
    expect(new RefreshTokens(secret('a')).read(first.text)).toEqual(first);
    expect(new RefreshTokens(secret('b')).read(first.text)).toBeNull();
    expect(first.hash).toEqual(hash('sha256', first.text, 'buffer'));
  });

  it('has one successor, whoever makes it', () => {
    const first = tokens.first();
    const next = tokens.next(first);
    expect(new RefreshTokens(secret('a')).next(first)).toEqual(next);
    expect(next).toMatchObject({ sessionId: first.sessionId, generation: 1 });
    expect(tokens.read(next.text)).toEqual(next);
    expect(tokens.first().text.split('.')[2]).not.toBe(first.text.split('.')[2]);
  });

  it('that was changed anywhere is none', () => {
    const { text } = tokens.first();
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === '0' ? '1' : '0';
      expect([at, tokens.read(text.slice(0, at) + other + text.slice(at + 1))]).toEqual([at, null]);
    }
    const [session, , random, signature] = text.split('.');
    for (const bad of [
      `${session}.1.${random}.${signature}`,
      `${session}.00.${random}.${signature}`,
      '',
      'x',
      `${text}x`,
      ` ${text}`,
    ]) {
      expect([bad, tokens.read(bad)]).toEqual([bad, null]);
    }
  });
});
