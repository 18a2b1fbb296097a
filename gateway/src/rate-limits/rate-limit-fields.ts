import type { Account } from './account.js';
import type { RateLimitRule } from './rate-limit-rule.js';
import type { RateLimiter } from './rate-limiter.js';

/* What an answer says of a caller's limit: draft-ietf-httpapi-ratelimit-headers-10. Whatever a later draft changes is here. */

/** The limit itself: the same in every answer. */
export function policyField(name: string, { points, periodSeconds }: RateLimitRule): string {
  return `"${name}";q=${points};w=${periodSeconds}`;
}

/** What is left of it, and in how many seconds it is whole again. */
export function standingField(name: string, limiter: RateLimiter, account: Account): string {
  return `"${name}";r=${limiter.left(account)};t=${limiter.secondsLeft(account)}`;
}
