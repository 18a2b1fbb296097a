import type { Redis } from 'ioredis';
import { leaseTtlMs, slowBeatTtlMs } from '../contract/limits.js';
import { membersKey, membersSaidKey, quickMembersKey } from '../contract/subjects.js';
import type { Member, Standing } from './active-engines.js';

// One script, so that "how long was I silent" and "who is alive" are one moment, by Redis's clock. A quick member that died is remembered for longer than a slow one may be silent: it must not be taken for a slow one.
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me, quickTtl, slowTtl = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last = redis.call('ZSCORE', KEYS[2], me)
local silent = last and now - tonumber(last) or -1
redis.call('ZADD', KEYS[1], now, me)
redis.call('ZADD', KEYS[2], now, me)
redis.call('HSET', KEYS[3], me, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - slowTtl)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 2 * slowTtl)
local members, said, nextEnd = {}, {}, quickTtl
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local quick = redis.call('ZSCORE', KEYS[2], all[i])
  local left = quick and tonumber(quick) + quickTtl - now or tonumber(all[i + 1]) + slowTtl - now
  if left > 0 then
    members[#members + 1] = all[i]
    said[#said + 1] = redis.call('HGET', KEYS[3], all[i]) or ''
    if left < nextEnd then nextEnd = left end
  end
end
if redis.call('HLEN', KEYS[3]) > #members then
  for _, id in ipairs(redis.call('HKEYS', KEYS[3])) do
    if not redis.call('ZSCORE', KEYS[2], id) then redis.call('HDEL', KEYS[3], id) end
  end
end
return { silent, nextEnd, members, said, now }`;

type BeatAnswer = [silentMs: number, nextEndMs: number, members: string[], said: string[], nowMs: number];

export interface Beat {
  /** Since this engine's last beat; null: it is new, was gone for long, or Redis lost its data. */
  readonly silentMs: number | null;
  /** The live engines. */
  readonly members: Member[];
  /** When the next of them is taken for gone, unless it beats before. */
  readonly nextEndMs: number;
  /** Redis's clock. */
  readonly nowMs: number;
}

/** The list of live engines, kept in Redis, and what each says of itself. It decides who should own what, never who may commit. */
export class Membership {
  readonly #keys: [members: string, quick: string, said: string];

  constructor(
    private readonly redis: Redis,
    namespace: string,
    private readonly workerId: string,
  ) {
    this.#keys = [membersKey(namespace), quickMembersKey(namespace), membersSaidKey(namespace)];
    redis.defineCommand('beat', { lua: beatScript, numberOfKeys: 3 });
  }

  async beat(standing: Standing): Promise<Beat> {
    const redis = this.redis as Redis & { beat(...args: (string | number)[]): Promise<BeatAnswer> };
    const args = [this.workerId, leaseTtlMs, slowBeatTtlMs, textOf(standing)];
    const [silentMs, nextEndMs, ids, said, nowMs] = await redis.beat(...this.#keys, ...args);
    const members = ids.map((workerId, i) => ({ workerId, ...readStanding(said[i] as string) }));
    return { silentMs: silentMs < 0 ? null : silentMs, members, nextEndMs, nowMs };
  }

  /** Between beats. What this connection sends after it comes after it. */
  async say(standing: Standing): Promise<void> {
    await this.redis.hset(this.#keys[2], this.workerId, textOf(standing));
  }

  async leave(): Promise<void> {
    const [members, quick, said] = this.#keys;
    await Promise.all([
      this.redis.zrem(members, this.workerId),
      this.redis.zrem(quick, this.workerId),
      this.redis.hdel(said, this.workerId),
    ]);
  }
}

/** `<engines active, or "all">:<active since>`. */
function textOf({ enginesActive, activeSinceMs }: Standing): string {
  return `${enginesActive ?? 'all'}:${activeSinceMs}`;
}

/** Nothing, or what cannot be read: an engine of a version that says something else, or nothing. */
function readStanding(text: string): Standing {
  const [, count, since] = /^(all|[1-9]\d{0,8}):(\d{1,15})$/.exec(text) ?? [];
  if (count === undefined) return { enginesActive: null, activeSinceMs: 0 };
  return { enginesActive: count === 'all' ? null : Number(count), activeSinceMs: Number(since) };
}
