import { expect, it } from 'vitest';
import { ProblemError } from '../http/problem.js';
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
