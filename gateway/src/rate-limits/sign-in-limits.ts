import type { FastifyRequest } from 'fastify';
import { addressKey } from './client-address.js';
import type { KnownPlaces } from './known-places.js';
import type { PointStore } from './point-store.js';
import type { RateLimitRule } from './rate-limit-rule.js';
import { RateLimiter } from './rate-limiter.js';
import { pointsAloneAtSignIn, rateLimited } from './rate-limits.js';

interface SignInLimitsParts {
  readonly rule: RateLimitRule | null;
  readonly store: (name: string, rule: RateLimitRule) => PointStore;
  readonly places: KnownPlaces;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * How often somebody may try a password for one e-mail, whatever addresses the tries come from: the limit by address does not
 * stop who has many. A flood on an e-mail would lock its owner out as long as it goes on, so an address from which the e-mail
 * signed in before has a count of its own, which nobody else uses up.
 */
export class SignInLimits {
  readonly #limiter: RateLimiter | null;
  readonly #places: KnownPlaces;

  constructor({ rule, store, places, now }: SignInLimitsParts) {
    this.#places = places;
    this.#limiter =
      rule &&
      new RateLimiter(rule, { store: store('sign-in-email', rule), now, pointsAlone: pointsAloneAtSignIn(rule) });
  }

  get isOff(): boolean {
    return this.#limiter === null;
  }

  get refusals(): number {
    return this.#limiter?.refusals ?? 0;
  }

  /** Counts a try, before anything is hashed: has the e-mail signed in from there lately? Throws RATE_LIMITED. */
  async enter(email: string, request: FastifyRequest): Promise<boolean> {
    const limiter = this.#limiter;
    if (limiter === null) return false;
    const [name, address] = [email.toLowerCase(), addressKey(request)];
    const isKnown = await this.#places.has(name, address);
    // No e-mail has a space in it, and no address has an @.
    const account = limiter.account(isKnown ? `${name} from ${address}` : name);
    if (!(await limiter.take(account, 1))) throw rateLimited(limiter, account);
    return isKnown;
  }

  /** It was the right password. */
  async succeeded(email: string, request: FastifyRequest): Promise<void> {
    if (this.#limiter) await this.#places.keep(email.toLowerCase(), addressKey(request));
  }
}
