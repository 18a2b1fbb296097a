import type { Redis } from 'ioredis';
import Redlock, { type Lock } from 'redlock';
import { leaseTtlMs } from '../contract/limits.js';
import { leaseKey } from '../contract/subjects.js';

// Prolongs a lock or takes it again when it ran out, as Redlock does, but all of them at once: a script a partition was 64 of
// them four times a second. Returns the places of those that somebody else has.
const renewScript = `
local lost = {}
for i, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if not holder or holder == ARGV[i + 1] then redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1])
  else lost[#lost + 1] = i end
end
return lost`;

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
    redis.defineCommand('renewLeases', { lua: renewScript });
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

  /** Prolongs the leases that were acquired, in one call. Returns the partitions whose lease somebody else has. */
  async renew(excepted: (partition: number) => boolean): Promise<number[]> {
    const locks = [...this.#locks].filter(([partition]) => !excepted(partition));
    if (locks.length === 0) return [];
    const redis = this.redis as Redis & { renewLeases(...args: (string | number)[]): Promise<number[]> };
    const keys = locks.map(([partition]) => leaseKey(this.namespace, partition));
    const lost = await redis.renewLeases(keys.length, ...keys, leaseTtlMs, ...locks.map(([, lock]) => lock.value));
    return lost.map((place) => (locks[place - 1] as [number, Lock])[0]);
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
