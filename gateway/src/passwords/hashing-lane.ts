import { setTimeout as sleep } from 'node:timers/promises';
import { hashingThread } from './hashing-thread.js';

/**
 * Passwords are hashed one at a time, and what hashing takes of this machine is bounded: a flood of sign-ins must not slow payments.
 *
 * Each hash is charged with what it used of a core: it may take longer, for everything else of the machine goes first. `#paidAt` is when
 * all that was charged is paid, at `coreShare` of a core. The next one begins when no more than `burstMs` of that time is still to
 * come, so that a few sign-ins in a quiet hour do not wait for each other.
 */
const coreShare = 0.13;
const burstMs = 1_500;
/** Waiting at once; and nobody is let in who would wait longer than this, by what the last hash took. */
export const waitersMax = 16;
export const waitMaxMs = 5_000;

/** Too many wait already. */
export class LaneFullError extends Error {}

export interface LaneClock {
  now(): number;
  /** What hashing used of a core so far. */
  cpuMs(): number;
  sleep(ms: number): Promise<unknown>;
}

const realClock: LaneClock = { now: () => performance.now(), cpuMs: () => hashingThread.cpuMs, sleep };

export class HashingLane {
  #paidAt = Number.NEGATIVE_INFINITY;
  /** How long who waits stands behind each that is before them, by the last one. */
  #eachMs = 0;
  #running = false;
  /** In this order. Who has shown who they are, now or from this address lately, does not wait behind a crowd that has not. */
  readonly #known: (() => Promise<void>)[] = [];
  readonly #unknown: (() => Promise<void>)[] = [];

  constructor(private readonly clock: LaneClock = realClock) {}

  /** Rejects with LaneFullError at once, or answers as `hash` does. */
  run<T>(hash: () => Promise<T>, { isKnown = false } = {}): Promise<T> {
    const waiters = isKnown ? this.#known : this.#unknown;
    if (waiters.length >= this.#room(isKnown)) return Promise.reject(new LaneFullError('too many passwords wait'));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    waiters.push(() => this.#charged(hash).then(resolve, reject));
    void this.#work();
    return promise;
  }

  /** Whoever comes now, and has not shown who they are, is refused. */
  get isFull(): boolean {
    return this.#unknown.length >= this.#room(false);
  }

  #room(isKnown: boolean): number {
    const ahead = isKnown ? 0 : this.#known.length;
    const byTime = this.#eachMs === 0 ? waitersMax : Math.floor(waitMaxMs / this.#eachMs) - ahead;
    return Math.max(1, Math.min(waitersMax, byTime));
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#known.length + this.#unknown.length > 0) {
      const early = this.#paidAt - burstMs - this.clock.now();
      if (early > 0) await this.clock.sleep(early);
      const next = (this.#known.shift() ?? this.#unknown.shift()) as () => Promise<void>;
      await next();
    }
    this.#running = false;
  }

  async #charged<T>(hash: () => Promise<T>): Promise<T> {
    const [startedAt, usedBefore] = [this.clock.now(), this.clock.cpuMs()];
    try {
      return await hash();
    } finally {
      const chargedMs = (this.clock.cpuMs() - usedBefore) / coreShare;
      this.#eachMs = Math.max(this.clock.now() - startedAt, chargedMs);
      this.#paidAt = Math.max(this.#paidAt, startedAt) + chargedMs;
    }
  }
}
