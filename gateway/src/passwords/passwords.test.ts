import { expect, it } from 'vitest';
import { ProblemError } from '../http/problem.js';
import { startTestApp } from '../testing/test-app.js';
import { hashPassword } from './argon2id.js';
import { HashingLane, LaneFullError } from './hashing-lane.js';
import { Passwords } from './passwords.js';

it('a password of nobody is hashed like any, and is wrong', async () => {
  const lane = new HashingLane();
  let hashed = 0;
  const counting = {
    run<T>(hash: () => Promise<T>) {
      hashed += 1;
      return lane.run(hash);
    },
  } as HashingLane;
  const passwords = new Passwords(counting);
  expect(await passwords.isPassword('correct horse battery', null)).toBe(false);
  expect(await passwords.isPassword('correct horse battery', await hashPassword('correct horse battery'))).toBe(true);
  expect(hashed).toBe(2);
});

it('who comes when too many wait is told to come again', async () => {
  const full = { run: () => Promise.reject(new LaneFullError('full')) } as unknown as HashingLane;
  const passwords = new Passwords(full);
  for (const refused of [passwords.isPassword('x', null), passwords.hash('x')]) {
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem.code).toBe('OVERLOADED');
  }
});

it.each([
  ['off', {}, 'OVERLOADED'],
  // Who signed in from there lately does not wait behind strangers: the e-mail has to be read.
  ['on', { 'sign-in': { points: 10, periodSeconds: 60 } }, 'MALFORMED_JSON'],
])('with the limit of sign-ins %s, what is read of one when too many wait', async (_limit, rateLimits, code) => {
  const full = new Passwords({ isFull: true } as HashingLane);
  const { http, close } = await startTestApp({ passwords: full, rateLimits });
  const headers = { 'content-type': 'application/json' };
  const answer = await http.inject({ method: 'POST', url: '/api/auth/sessions', headers, payload: '{' });
  expect(answer.json().code).toBe(code);
  await close();
});

it('who signed in from there before is looked at before a crowd that never did', async () => {
  const passwords = new Passwords();
  const order: string[] = [];
  const hash = await hashPassword('correct horse battery');
  const crowd = Array.from({ length: 3 }, () => passwords.isPassword('x', null).then(() => order.push('crowd')));
  const owner = passwords
    .isPassword('correct horse battery', hash, { isKnown: true })
    .then((isRight) => order.push(`owner ${isRight}`));
  await Promise.all([...crowd, owner]);
  // One of the crowd was looked at already.
  expect(order).toEqual(['crowd', 'owner true', 'crowd', 'crowd']);
});
