import type { FastifyReply } from 'fastify';
import { ProblemError, validationFailed } from '../http/problem.js';
import type { RateLimitGroup } from '../http/rate-limit-group.js';
import type { Account } from './account.js';
import type { PointStore } from './point-store.js';
import { policyField, standingField } from './rate-limit-fields.js';
import type { RateLimitRule, RateLimitRules } from './rate-limit-rule.js';
import { RateLimiter } from './rate-limiter.js';

interface RateLimitsParts {
  readonly rules: RateLimitRules;
  /** Where the gateways share the points of one group. */
  readonly store: (name: string, rule: RateLimitRule) => PointStore;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** null: the caller may go on. */
export type Refusal = ProblemError | null;

/**
 * Every caller's limit in each group of routes. What happens while the store of all gateways is away is chosen for each group:
 * payments, reads and acts go on with the whole limit at each gateway, for to refuse them would be the greater harm; sign-ins
 * with half of it, for guessing is.
 */
export class RateLimits {
  readonly #groups: Readonly<Record<RateLimitGroup, Group | null>>;

  constructor({ rules, store, now }: RateLimitsParts) {
    const group = (name: RateLimitGroup, alone = ({ points }: RateLimitRule) => points): Group | null => {
      const rule = rules[name];
      if (rule === null) return null;
      const pointsAlone = alone(rule);
      return new Group(name, new RateLimiter(rule, { store: store(name, rule), now, pointsAlone }));
    };
    this.#groups = {
      payments: group('payments'),
      reads: group('reads'),
      acts: group('acts'),
      'sign-in': group('sign-in', pointsAloneAtSignIn),
    };
  }

  /** Counts a call, and says in its answer how the caller stands. At once while the caller's points here last. */
  count(name: RateLimitGroup, caller: string, reply: FastifyReply): Refusal | Promise<Refusal> {
    const group = this.#groups[name];
    return group === null ? null : group.take(caller, 1, reply);
  }

  /** Counts what a call asks for beyond the one it was counted for. `field` is where it says so. */
  countMore(
    name: RateLimitGroup,
    { caller, points, field }: { caller: string; points: number; field: string },
    reply: FastifyReply,
  ): Refusal | Promise<Refusal> {
    const group = this.#groups[name];
    if (group === null || points <= 1) return null;
    const { rule } = group.limiter;
    if (points <= rule.points) return group.take(caller, points - 1, reply);
    const most = `${rule.points} in ${rule.periodSeconds} seconds`;
    const message = `has ${points}, and the rate limit lets through ${most}: it would be refused at any time`;
    return new ProblemError(validationFailed([{ field, rule: 'RATE_LIMIT', message }]));
  }

  /** Calls that were refused, by group. */
  *refusals(): Iterable<[string, number]> {
    for (const [name, group] of Object.entries(this.#groups)) yield [name, group?.limiter.refusals ?? 0];
  }

  /** Callers that are counted here, by group. */
  *callers(): Iterable<[string, number]> {
    for (const [name, group] of Object.entries(this.#groups)) yield [name, group?.limiter.callers ?? 0];
  }
}

class Group {
  readonly #policy: string;

  constructor(
    private readonly name: string,
    readonly limiter: RateLimiter,
  ) {
    this.#policy = policyField(name, limiter.rule);
  }

  take(caller: string, points: number, reply: FastifyReply): Refusal | Promise<Refusal> {
    const { limiter } = this;
    const account = limiter.account(caller);
    const granted = limiter.take(account, points);
    return typeof granted === 'boolean'
      ? this.#answered(account, granted, reply)
      : granted.then((later) => this.#answered(account, later, reply));
  }

  #answered(account: Account, granted: boolean, reply: FastifyReply): Refusal {
    const { limiter, name } = this;
    reply.header('ratelimit-policy', this.#policy);
    reply.header('ratelimit', standingField(name, limiter, account));
    return granted ? null : rateLimited(limiter, account);
  }
}

/** While Redis is away, at each gateway. */
export function pointsAloneAtSignIn({ points }: RateLimitRule): number {
  return Math.ceil(points / 2);
}

/** This request did nothing, whatever its key: it is not recorded. */
export function rateLimited(limiter: RateLimiter, account: Account): ProblemError {
  const { points, periodSeconds } = limiter.rule;
  const seconds = Math.max(1, limiter.secondsLeft(account));
  const detail =
    `This request did nothing: ${points} in ${periodSeconds} seconds are let through, and not enough of them are left. ` +
    `Ask again in ${seconds} seconds, with the same Idempotency-Key if there is one.`;
  return new ProblemError({ code: 'RATE_LIMITED', detail }, { 'retry-after': String(seconds) });
}
