import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { EngineClient } from '../engine-client/engine-client.js';
import type { ReadinessCheck } from '../health/readiness.js';
import type { AnswerCache } from '../idempotency/answer-cache.js';
import type { LiveFigures } from '../live/live-stream.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import type { LimiterRedis } from '../rate-limits/limiter-redis.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import type { SignInLimits } from '../rate-limits/sign-in-limits.js';
import type { BalanceCache } from '../wallets/balance-cache.js';
import { noAnswers } from './answer-counts.js';
import { RequestDurations } from './request-durations.js';

interface Limiting {
  rateLimits: RateLimits;
  signInLimits: SignInLimits;
  badTokens: BadTokens;
  store: Pick<LimiterRedis, 'isThere' | 'figures'>;
}

/** Milliseconds. At the default of 10 watching the event loop takes 4 ms of CPU a second. */
const eventLoopMonitoringPrecision = 100;

/** Without partitions, which have a figure of their own. */
const servers = ['postgres', 'nats', 'redis'] as const;

interface Watched {
  cache: AnswerCache;
  balances: BalanceCache;
  readiness: Pick<ReadinessCheck, 'run'>;
}

/** Everything that /metrics shows. The engine client and the cache count for themselves and are read at each scrape. */
export class GatewayMetrics {
  readonly registry = new Registry();
  /** Of the API. */
  readonly answers = noAnswers();
  readonly #durations: RequestDurations;

  constructor(engine: EngineClient, { cache, balances, readiness }: Watched) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision });
    this.#durations = new RequestDurations(this.registry);
    this.#gauge('wallet_gateway_commands_open', 'Commands that wait for an answer', () => engine.openCount);
    this.#gauge(
      'wallet_gateway_command_bytes_open',
      'Bytes of commands that wait for an answer',
      () => engine.openBytes,
    );
    this.#gauge(
      'wallet_gateway_nats_requests_in_flight',
      'Requests to the engine without a reply yet',
      () => engine.requestsInFlight,
    );
    this.#gauge(
      'wallet_gateway_partitions_unowned',
      'Partitions without a live owner',
      () => engine.unownedPartitions().length,
    );
    this.#counter('wallet_gateway_nats_requests_total', 'Requests sent to the engine', () => engine.figures.requests);
    this.#counter(
      'wallet_gateway_commands_sent_total',
      'Commands sent to the engine, again or not',
      () => engine.figures.commandsSent,
    );
    this.#counter(
      'wallet_gateway_commands_retried_total',
      'Commands that had to wait for another try',
      () => engine.figures.retries,
    );
    this.#counter(
      'wallet_gateway_commands_joined_total',
      'Commands that joined an identical one',
      () => engine.figures.joined,
    );
    this.#labelled('wallet_gateway_commands_total', 'Commands by outcome', 'outcome', () => engine.figures.answers);
    this.#labelled('wallet_gateway_idempotency_lookups_total', 'Idempotency keys looked up in Redis', 'result', () =>
      Object.entries(cache.figures),
    );
    this.#labelled('wallet_gateway_balance_lookups_total', 'Cached balances looked up in Redis', 'result', () =>
      Object.entries(balances.figures),
    );
    this.#watchServers(readiness);
  }

  /** The live stream counts for itself too. */
  watchLive(read: () => LiveFigures): void {
    this.#gauge('wallet_live_connections', 'Connections to the live stream', () => read().connections);
    this.#gauge(
      'wallet_live_seconds_behind',
      'Seconds that are over and not closed; -1 before the first one',
      () => read().secondsBehind ?? -1,
    );
    this.#counter('wallet_live_frames_sent_total', 'Frames sent to connections', () => read().framesSent);
    this.#counter(
      'wallet_live_frames_skipped_total',
      'Frames that a connection could not take; a later one carries their seconds',
      () => read().framesSkipped,
    );
    this.#counter('wallet_live_batches_heard_total', 'Batches heard of over NATS', () => read().batchesHeard);
  }

  /** The rate limits count for themselves too. */
  watchRateLimits({ rateLimits, signInLimits, badTokens, store }: Limiting): void {
    this.#labelled('wallet_gateway_rate_limited_total', 'Calls refused by a rate limit', 'group', () => [
      ...rateLimits.refusals(),
      ['sign-in-email', signInLimits.refusals],
      ['bad-tokens', badTokens.refusals],
    ]);
    this.#labelled('wallet_gateway_rate_limit_takes_total', 'Blocks of points asked of Redis', 'result', () =>
      Object.entries(store.figures),
    );
    this.#gauge(
      'wallet_gateway_rate_limits_shared',
      '1 while rate limits are counted over all gateways; 0 while Redis is away and each counts alone',
      () => Number(store.isThere),
    );
  }

  /** Observes one route's requests. */
  route(method: string, route: string): (status: number, seconds: number) => void {
    return this.#durations.route(method, route);
  }

  /** A gateway that has found its servers once takes traffic whatever it lacks later: here it says so. Each scrape asks, and no payment. */
  #watchServers(readiness: Pick<ReadinessCheck, 'run'>): void {
    new Gauge({
      name: 'wallet_gateway_connected',
      help: 'Whether the server answers this gateway',
      labelNames: ['server'],
      registers: [this.registry],
      async collect() {
        const { checks } = await readiness.run();
        for (const server of servers) if (server in checks) this.set({ server }, Number(checks[server] === 'ok'));
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #labelled(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }
}
