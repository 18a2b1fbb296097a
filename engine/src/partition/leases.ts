import type { Redis } from 'ioredis';
import Redlock, { type Lock } from 'redlock';
import { leaseTtlMs } from '../contract/limits.js';
import { leaseKey } from '../contract/subjects.js';

/**
 * Partition leases in Redis (Redlock). A lease says who is alive and should act; it protects no money. A lost lease, a
 * paused owner or a flushed Redis cost a takeover, and the epoch in Postgres decides.
 */
export class Leases {
  readonly #redlock: Redlock;
  readonly #locks = new Map<number, Lock>();

  constructor(
    private readonly redis: Redis,
    private readonly namespace: string,
  ) {
    this.#redlock = new Redlock([redis], { retryCount: 0 });
    this.#redlock.on('error', () => {}); // every failure is also thrown to its caller
  }

  /** True when the lease is free and now ours. */
  async acquire(partition: number): Promise<boolean> {
    try {
      this.#locks.set(partition, await this.#redlock.acquire([leaseKey(this.namespace, partition)], leaseTtlMs));
      return true;
    } catch {
      return false;
    }
  }

  /** Prolongs a lease, or takes it again when it ran out. False when somebody else has it, or Redis does not answer. */
  async renew(partition: number): Promise<boolean> {
    const lock = this.#locks.get(partition);
    if (!lock) return this.acquire(partition);
    try {
      this.#locks.set(partition, await lock.extend(leaseTtlMs));
      return true;
    } catch {
      this.#locks.delete(partition);
      return this.acquire(partition);
    }
  }

  async release(partition: number): Promise<void> {
    const lock = this.#locks.get(partition);
    this.#locks.delete(partition);
    // Releasing an expired lock throws; then there is nothing to release.
    await lock?.release().catch(() => {});
  }

  get reachable(): boolean {
    return this.redis.status === 'ready';
  }
}
