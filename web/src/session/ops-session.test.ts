import { describe, expect, it } from 'vitest';
import { OpsSession, SessionEnded } from './ops-session.js';

const user = {
  userId: '0199a1f0-0000-7000-8000-000000000001',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'operator',
};
const minuteMs = 60_000;

describe('a session', () => {
  it('goes on by its cookie, and says who it is', async () => {
    const { session, asked } = sessionWith([answer(201, signedIn('one', 15 * minuteMs))]);
    await session.restore();
    expect(session.state).toEqual({ kind: 'SIGNED_IN', user });
    expect(await session.token(null)).toBe('one');
    expect(asked).toEqual(['POST /api/auth/sessions/refresh']);
  });

  it('is signed out when there is none to go on with, and not when nobody answers', async () => {
    const { session } = sessionWith([answer(503, {}), answer(401, {})]);
    await expect(session.restore()).rejects.toThrow('503');
    expect(session.state.kind).toBe('RESTORING');
    await session.restore();
    expect(session.state.kind).toBe('SIGNED_OUT');
  });

  it('renews a token that has less than a minute to live, once for all who ask', async () => {
    const { session, asked } = sessionWith([
      answer(201, signedIn('short', minuteMs / 2)),
      answer(201, signedIn('long', 15 * minuteMs)),
    ]);
    await session.restore();
    expect(await Promise.all([session.token(null), session.token(null), session.token('short')])).toEqual(
      Array(3).fill('long'),
    );
    expect(asked).toHaveLength(2);
  });

  it('ends where it is when it cannot be renewed, keeps whose it was, and goes on after signing in', async () => {
    const { session, asked } = sessionWith([
      answer(201, signedIn('one', 15 * minuteMs)),
      answer(401, {}),
      answer(401, {}),
      answer(201, signedIn('two', 15 * minuteMs)),
    ]);
    await session.restore();
    await expect(session.token('one')).rejects.toBeInstanceOf(SessionEnded);
    // Nothing more is asked until then.
    await expect(session.token(null)).rejects.toBeInstanceOf(SessionEnded);
    expect(asked).toHaveLength(2);
    expect(session.state).toEqual({ kind: 'ENDED', user });
    expect(await session.signIn(user.email, 'wrong')).toBe('WRONG');
    expect(session.state.kind).toBe('ENDED');
    expect(await session.signIn(user.email, 'right')).toBeNull();
    expect(session.state).toEqual({ kind: 'SIGNED_IN', user });
    expect(await session.token('one')).toBe('two');
    expect(await session.tokenOf(user.userId, null)).toBe('two');
    await expect(session.tokenOf('somebody else', null)).rejects.toBeInstanceOf(SessionEnded);
  });

  it('ends when another tab has signed in somebody else: nothing is done in their name', async () => {
    const ben = { ...signedIn('of ben', 15 * minuteMs), user: { ...user, userId: 'ben' } };
    const { session } = sessionWith([answer(201, signedIn('one', 15 * minuteMs)), answer(201, ben)]);
    await session.restore();
    await expect(session.token('one')).rejects.toBeInstanceOf(SessionEnded);
    expect(session.state).toEqual({ kind: 'ENDED', user });
  });

  it.each([503, 429])('is not signed out where nobody could be told: %i', async (status) => {
    const { session } = sessionWith([
      answer(201, signedIn('one', 15 * minuteMs)),
      answer(status, {}),
      answer(204, null),
    ]);
    await session.restore();
    expect(await session.signOut()).toBe(false);
    expect(session.state.kind).toBe('SIGNED_IN');
    expect(await session.signOut()).toBe(true);
    expect(session.state.kind).toBe('SIGNED_OUT');
  });

  it('that was renewed while somebody signed out stays signed out', async () => {
    const { session } = sessionWith([
      answer(201, signedIn('one', 15 * minuteMs)),
      answer(201, signedIn('two', 15 * minuteMs)),
      answer(204, null),
    ]);
    await session.restore();
    const renewed = session.token('one');
    await session.signOut();
    await expect(renewed).rejects.toBeInstanceOf(SessionEnded);
    expect(session.state.kind).toBe('SIGNED_OUT');
  });

  it.each([
    [401, 'WRONG'],
    [400, 'WRONG'],
    [429, 'TOO_MANY'],
    [503, 'UNREACHABLE'],
  ])('an answer of %i to signing in is %s', async (status, failure) => {
    const { session } = sessionWith([answer(status, {})]);
    expect(await session.signIn('a@example.com', 'secret')).toBe(failure);
  });

  it('tells its listeners of each change, and not of a renewal', async () => {
    const { session } = sessionWith([
      answer(201, signedIn('one', 15 * minuteMs)),
      answer(201, signedIn('two', 15 * minuteMs)),
      answer(204, null),
    ]);
    const kinds: string[] = [];
    session.subscribe(() => kinds.push(session.state.kind));
    await session.restore();
    await session.token('one');
    await session.signOut();
    expect(kinds).toEqual(['SIGNED_IN', 'SIGNED_OUT']);
  });
});

function signedIn(accessToken: string, livesMs: number) {
  return { accessToken, expiresAt: new Date(Date.now() + livesMs).toISOString(), user };
}

function answer(status: number, body: object | null): Response {
  return new Response(body && JSON.stringify(body), { status });
}

function sessionWith(answers: Response[]) {
  const asked: string[] = [];
  const fetch = async (path: unknown, init?: RequestInit) => {
    asked.push(`${init?.method} ${path}`);
    const next = answers.shift();
    if (!next) throw new TypeError('nobody is there');
    return next;
  };
  return { session: new OpsSession(fetch as typeof globalThis.fetch), asked };
}
