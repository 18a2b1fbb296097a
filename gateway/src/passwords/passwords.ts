import { ProblemError } from '../http/problem.js';
import { dummyHash, hashPassword, isPassword } from './argon2id.js';
import { HashingLane, LaneFullError } from './hashing-lane.js';
import { HashingThreadLostError } from './hashing-thread.js';

/** Hashes passwords and compares them, within the bounds of HashingLane. Throws OVERLOADED when too many wait. */
export class Passwords {
  readonly #nobodys = dummyHash();

  constructor(private readonly lane: HashingLane = new HashingLane()) {}

  /** OVERLOADED when `isPassword` would throw it: to be asked before the database is, which a flood would keep busy. */
  refusalIfFull(): ProblemError | null {
    return this.lane.isFull ? overloaded() : null;
  }

  /** `hash`: null of nobody, which takes as long and is false. `isKnown`: who asks does not wait behind a crowd of strangers. */
  isPassword(password: string, hash: string | null, { isKnown = false } = {}): Promise<boolean> {
    return orOverloaded(this.lane.run(() => isPassword(password, hash ?? this.#nobodys), { isKnown }));
  }

  /** For those who have shown who they are. */
  hash(password: string): Promise<string> {
    return orOverloaded(this.lane.run(() => hashPassword(password), { isKnown: true }));
  }
}

function orOverloaded<T>(hashing: Promise<T>): Promise<T> {
  return hashing.catch((error) => {
    throw error instanceof LaneFullError || error instanceof HashingThreadLostError ? overloaded() : error;
  });
}

function overloaded(): ProblemError {
  const detail = 'This request did nothing: too many passwords wait to be looked at. Ask again later.';
  return new ProblemError({ code: 'OVERLOADED', detail });
}
