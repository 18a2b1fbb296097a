import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { cachedBalancePrefix } from '../contract/cached-balance.js';

/** How long wallets wait for those of other calls: many go in one command, and a busy wallet once. */
export const dropEveryMs = 20;
/** Of one command: Redis does nothing else meanwhile, some 0.2 µs a wallet that nobody has read. */
export const walletsPerDropMax = 500;
/** Wallets that wait while Redis is away; beyond it, a balance is stale until its time is over. */
export const walletsWaitingMax = 20_000;

/** Drops the balances that gateways keep in Redis, once a commit has changed them; see contract/cached-balance.ts. */
export class CachedBalances {
  readonly #waiting = new Set<string>();
  readonly #prefix: string;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly redis: Redis,
    namespace: string,
    private readonly log: Logger,
  ) {
    this.#prefix = cachedBalancePrefix(namespace);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Returns at once. Only after the commit: what is read and kept between the two would stay. */
  drop(walletIds: Iterable<string>): void {
    for (const walletId of walletIds) this.#waiting.add(walletId);
    if (this.#waiting.size >= walletsPerDropMax && this.redis.status === 'ready') this.flush();
    else this.#flushLater();
  }

  /** Drops those that wait. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.redis.status !== 'ready') {
      this.#forgetBeyond();
      return this.#flushLater();
    }
    const walletIds = [...this.#waiting];
    this.#waiting.clear();
    for (let first = 0; first < walletIds.length; first += walletsPerDropMax) {
      this.#send(walletIds.slice(first, first + walletsPerDropMax));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.flush();
    clearTimeout(this.#timer);
  }

  #flushLater(): void {
    if (this.#waiting.size > 0 && !this.#stopped) this.#timer ??= setTimeout(() => this.flush(), dropEveryMs);
  }

  #send(walletIds: string[]): void {
    this.redis.unlink(walletIds.map((walletId) => this.#prefix + walletId)).catch((error: unknown) => {
      this.log.debug({ err: error }, 'cached balances were not dropped; trying again');
      for (const walletId of walletIds) this.#waiting.add(walletId);
      this.#forgetBeyond();
      this.#flushLater();
    });
  }

  #forgetBeyond(): void {
    for (const walletId of this.#waiting) {
      if (this.#waiting.size <= walletsWaitingMax) return;
      this.#waiting.delete(walletId);
    }
  }
}
