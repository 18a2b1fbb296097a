import type { Redis } from 'ioredis';
import { leaseTtlMs, slowBeatTtlMs } from '../contract/limits.js';
import { membersKey, quickMembersKey } from '../contract/subjects.js';

// One script, so that "how long was I silent" and "who is alive" are one moment, by Redis's clock. A quick member that died is remembered for longer than a slow one may be silent: it must not be taken for a slow one.
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me, quickTtl, slowTtl = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last = redis.call('ZSCORE', KEYS[2], me)
local silent = last and now - tonumber(last) or -1
redis.call('ZADD', KEYS[1], now, me)
redis.call('ZADD', KEYS[2], now, me)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - slowTtl)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 2 * slowTtl)
local members, nextEnd = {}, quickTtl
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local quick = redis.call('ZSCORE', KEYS[2], all[i])
  local left = quick and tonumber(quick) + quickTtl - now or tonumber(all[i + 1]) + slowTtl - now
  if left > 0 then
    members[#members + 1] = all[i]
    if left < nextEnd then nextEnd = left end
  end
end
return { silent, nextEnd, members }`;

export interface Beat {
  /** Since this engine's last beat; null: it is new, was gone for long, or Redis lost its data. */
  readonly silentMs: number | null;
  /** Ids of the live engines. */
  readonly members: string[];
  /** When the next of them is taken for gone, unless it beats before. */
  readonly nextEndMs: number;
}

/** The list of live engines, kept in Redis. It decides who should own what, never who may commit. */
export class Membership {
  readonly #keys: [members: string, quick: string];

  constructor(
    private readonly redis: Redis,
    namespace: string,
    private readonly workerId: string,
  ) {
    this.#keys = [membersKey(namespace), quickMembersKey(namespace)];
    redis.defineCommand('beat', { lua: beatScript, numberOfKeys: 2 });
  }

  async beat(): Promise<Beat> {
    const redis = this.redis as Redis & { beat(...args: (string | number)[]): Promise<[number, number, string[]]> };
    const [silentMs, nextEndMs, members] = await redis.beat(...this.#keys, this.workerId, leaseTtlMs, slowBeatTtlMs);
    return { silentMs: silentMs < 0 ? null : silentMs, members, nextEndMs };
  }

  async leave(): Promise<void> {
    await Promise.all(this.#keys.map((key) => this.redis.zrem(key, this.workerId)));
  }
}
