import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { PlaceMemory } from './known-places.js';
import type { PointStore, PointsTaken } from './point-store.js';
import type { RateLimitRule } from './rate-limit-rule.js';

/** No request waits longer for one answer of Redis. */
export const pointsWaitMs = 25;
/** After a failure nobody waits: Redis is tried this often in the background. */
export const tryAgainMs = 500;

/**
 * Where the gateways share what they count. A connection of its own: what waits on another one's would wait here too. Without
 * an offline queue, or a call would wait for a Redis that is away.
 */
export class LimiterRedis {
  isThere = false;
  /** Takes of points, by how they ended. */
  readonly figures = { taken: 0, failed: 0 };
  readonly #redis: Redis;
  readonly #stopping = new AbortController();
  #isTrying = false;

  constructor(
    private readonly config: { readonly redisUrl: string; readonly namespace: string },
    private readonly log: Logger,
  ) {
    this.#redis = new Redis(config.redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
      connectTimeout: 2_000,
      // What is given up here is let go of there, too; and a connection on which nothing comes any more is made anew.
      commandTimeout: 10 * pointsWaitMs,
      socketTimeout: 2_000,
    });
    // Every failure is seen where it is waited for.
    this.#redis.on('error', () => {});
    this.#redis.on('ready', () => this.#found());
    this.#redis.on('close', () => this.#lost());
  }

  /** One group's points. */
  points(name: string, { points, periodSeconds }: RateLimitRule): PointStore {
    const limiter = new RateLimiterRedis({
      storeClient: this.#redis,
      keyPrefix: `${this.config.namespace}:rate-limit:${name}`,
      points,
      duration: periodSeconds,
      rejectIfRedisNotReady: true,
    });
    const take = async (key: string, wanted: number): Promise<PointsTaken | null> => {
      // Counts up whether or not the limit is passed: of a block that passes it, what is below the limit is ours.
      const taken = await this.#inTime(limiter.penalty(key, wanted));
      if (taken === null) {
        this.figures.failed++;
        this.#lost();
        return null;
      }
      this.figures.taken++;
      const before = taken.consumedPoints - wanted;
      return {
        granted: Math.min(wanted, Math.max(0, points - before)),
        left: Math.max(0, points - taken.consumedPoints),
        endsInMs: taken.msBeforeNext,
      };
    };
    const isThere = () => this.isThere;
    return {
      get isThere() {
        return isThere();
      },
      take,
    };
  }

  /** What is remembered for a time, by all gateways. */
  places(): PlaceMemory {
    const key = (place: string) => `${this.config.namespace}:signed-in-from:${place}`;
    return {
      keep: async (place, seconds) => {
        if (this.isThere) await this.#inTime(this.#redis.set(key(place), '1', 'EX', seconds));
      },
      has: async (place) => this.isThere && (await this.#inTime(this.#redis.exists(key(place)))) === 1,
    };
  }

  stop(): void {
    this.#stopping.abort();
    this.isThere = false;
    this.#redis.disconnect();
  }

  #found(): void {
    this.isThere = true;
  }

  #lost(): void {
    this.isThere = false;
    if (!this.#isTrying && !this.#stopping.signal.aborted) void this.#tryAgain();
  }

  /** A frozen Redis holds the connection: it is there again when it answers. */
  async #tryAgain(): Promise<void> {
    this.#isTrying = true;
    const { signal } = this.#stopping;
    let isSaid = false;
    try {
      for (;;) {
        await sleep(tryAgainMs, undefined, { signal, ref: false });
        if ((await this.#inTime(this.#redis.ping())) !== null) break;
        if (!isSaid) this.log.warn('Redis does not answer: each gateway counts rate limits alone until it does');
        isSaid = true;
      }
      if (isSaid) this.log.info('Redis is back: rate limits are counted over all gateways again');
      this.#found();
    } catch {
      // The gateway stops.
    } finally {
      this.#isTrying = false;
    }
  }

  /** Null: not in time, or not at all. */
  #inTime<Value>(asked: Promise<Value>): Promise<Value | null> {
    return new Promise((resolve) => {
      // What came while this process was busy is read first: that is no fault of Redis.
      const timer = setTimeout(() => setImmediate(() => resolve(null)), pointsWaitMs);
      asked.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        () => {
          clearTimeout(timer);
          resolve(null);
        },
      );
    });
  }
}
