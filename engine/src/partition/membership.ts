import type { Redis } from 'ioredis';
import { heartbeatTtlMs } from '../contract/limits.js';
import { membersKey } from '../contract/subjects.js';

// One script, so that "was I still listed" and "who is" are one moment, by Redis's clock.
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local listed = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return { listed and 1 or 0, redis.call('ZRANGE', KEYS[1], 0, -1) }`;

export interface Beat {
  /** False when this engine was not listed any more: it is new, was silent for too long, or Redis lost its data. */
  readonly wasListed: boolean;
  /** Engine ids that beat within `heartbeatTtlMs`. */
  readonly members: string[];
}

/** The list of live engines, kept in Redis. It decides who should own what, never who may commit. */
export class Membership {
  constructor(
    private readonly redis: Redis,
    private readonly namespace: string,
    private readonly workerId: string,
  ) {
    redis.defineCommand('beat', { lua: beatScript, numberOfKeys: 1 });
  }

  async beat(): Promise<Beat> {
    const redis = this.redis as Redis & { beat(key: string, id: string, ttl: number): Promise<[number, string[]]> };
    const [listed, members] = await redis.beat(membersKey(this.namespace), this.workerId, heartbeatTtlMs);
    return { wasListed: listed === 1, members };
  }

  async leave(): Promise<void> {
    await this.redis.zrem(membersKey(this.namespace), this.workerId);
  }
}
