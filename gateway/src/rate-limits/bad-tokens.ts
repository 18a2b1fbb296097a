import type { ProblemError } from '../http/problem.js';
import { addressKey, type Client } from './client-address.js';
import { noStore } from './point-store.js';
import type { RateLimitRule } from './rate-limit-rule.js';
import { RateLimiter } from './rate-limiter.js';
import { rateLimited } from './rate-limits.js';

/**
 * To read a token that was not read before costs a signature. Those that turn out to be no good are counted by address, at each
 * gateway alone: an address that has sent too many of them has no new token read until its window ends. Tokens that are known
 * here go on.
 */
export class BadTokens {
  readonly #limiter: RateLimiter | null;

  constructor(rule: RateLimitRule | null, now: () => number) {
    this.#limiter = rule && new RateLimiter(rule, { store: noStore, now });
  }

  get refusals(): number {
    return this.#limiter?.refusals ?? 0;
  }

  /** Before a token is read: why it is not. It counts as bad until `good` says otherwise, so that many at once count, too. */
  enter(request: Client): ProblemError | null {
    if (this.#limiter === null) return null;
    const account = this.#limiter.account(addressKey(request));
    return this.#limiter.take(account, 1) ? null : rateLimited(this.#limiter, account);
  }

  /** It need not be good: the token was not to blame. */
  good(request: Client): void {
    this.#limiter?.giveBack(this.#limiter.account(addressKey(request)), 1);
  }
}
