import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import {
  answerDigestBytes,
  answerLocalsLua,
  answerPlaceLua,
  answerSlotPrefix,
  answerSlots,
  answerValueBytes,
  type CachedAnswer,
  writeCachedAnswer,
} from '../contract/cached-answer.js';
import type { Digest } from '../contract/digest.js';
import { idempotencyCacheTtlSeconds } from '../contract/limits.js';

/*
 * Redis also holds the leases, so this bounds its own use, and nothing rests on Redis evicting anything. A slot that is
 * full drops the oldest quarter of its answers when it is written to; a sweep drops what is over 24 hours old, a few slots a
 * second; and a slot that nobody writes to any more expires whole. Redis never does much at once for any of it.
 */

/** Writes of answers under way to Redis. Beyond it they are skipped: the ledger has them. */
const writesUnderWayMax = 20;
/** Of one script call: Redis does nothing else meanwhile, some 5 µs an answer. */
export const answersPerCallMax = 250;
/** How long answers wait for those of other calls: a write to Redis each call cost a tenth of a small one. */
export const rememberEveryMs = 20;
/** What a slot costs, and each answer in it, on a real Redis 7: 65.7 bytes a key with 38 keys a slot. */
const slotBytes = 160;
const answerBytes = 63;
/** Redis keeps a hash of up to 512 fields as one list. */
const slotAnswersMax = 500;

const sweepEveryMs = 1_000;
/** All slots in 70 minutes. */
const slotsPerSweep = 32;

const entryBytes = answerDigestBytes + answerValueBytes;

/** As a number: Lua compares texts by the server's locale. */
const secondsLua = `
local function seconds(value)
  local a, b, c, d = string.byte(value, 3, 6)
  return ((a * 256 + b) * 256 + c) * 256 + d
end`;

const rememberScript = `${secondsLua}
${answerLocalsLua}
local prefix, d, most, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
for o = 1, #d, ${entryBytes} do
  ${answerPlaceLua}
  call('HSET', key, field, sub(d, o + ${answerDigestBytes}, o + ${entryBytes - 1}))
  local count = call('HLEN', key)
  if count % 8 == 1 then call('EXPIRE', key, ttl) end
  if count > most then
    local all, times, sorted, old = call('HGETALL', key), {}, {}, {}
    for i = 2, #all, 2 do
      times[i / 2] = seconds(all[i])
      sorted[i / 2] = times[i / 2]
    end
    table.sort(sorted)
    local newest = sorted[math.ceil(#sorted / 4)]
    for i = 1, #times do
      if times[i] <= newest then old[#old + 1] = all[2 * i - 1] end
    end
    call('HDEL', key, unpack(old))
  end
end`;

const sweepScript = `${secondsLua}
local prefix, before = ARGV[1], tonumber(ARGV[4])
for slot = ARGV[2], ARGV[3] do
  local key = prefix .. slot
  local all, old = redis.call('HGETALL', key), {}
  for i = 2, #all, 2 do
    if seconds(all[i]) < before then old[#old + 1] = all[i - 1] end
  end
  if #old > 0 then redis.call('HDEL', key, unpack(old)) end
end`;

interface AnswerScripts {
  rememberAnswers(prefix: string, entries: Buffer, slotAnswers: number, ttlSeconds: number): Promise<unknown>;
  sweepAnswers(prefix: string, firstSlot: number, lastSlot: number, before: number): Promise<unknown>;
}

export type KeyedAnswer = CachedAnswer & { keyDigest: Digest };

/** Tells gateways of committed answers, so that a retry need not reach the engine. Losing one only costs a look-up. */
export class IdempotencyCache {
  readonly #redis: Redis & AnswerScripts;
  readonly #prefix: string;
  readonly #slotAnswers: number;
  #waiting: KeyedAnswer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #sweep: NodeJS.Timeout | undefined;

  /** @param megabytes what all answers together may take in Redis */
  constructor(
    redis: Redis,
    namespace: string,
    megabytes: number,
    private readonly log: Logger,
  ) {
    redis.defineCommand('rememberAnswers', { lua: rememberScript, numberOfKeys: 0 });
    redis.defineCommand('sweepAnswers', { lua: sweepScript, numberOfKeys: 0 });
    this.#redis = redis as Redis & AnswerScripts;
    this.#prefix = answerSlotPrefix(namespace);
    this.#slotAnswers = slotAnswersOf(megabytes);
  }

  /** Returns at once. They are written with those of the next calls: meanwhile the engine has them in memory. */
  remember(answers: readonly KeyedAnswer[]): void {
    for (const answer of answers) {
      if (this.#waiting.push(answer) === answersPerCallMax) this.flush();
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.flush(), rememberEveryMs);
  }

  /** Writes those that wait. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const answers = this.#waiting;
    if (answers.length === 0) return;
    this.#waiting = [];
    if (this.#underWay >= writesUnderWayMax || this.#redis.status !== 'ready') return;
    this.#underWay += 1;
    this.#redis
      .rememberAnswers(this.#prefix, entriesOf(answers), this.#slotAnswers, idempotencyCacheTtlSeconds)
      .catch((error: unknown) => this.log.debug({ err: error }, 'answers were not cached'))
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  /** Begins to drop what is too old, from anywhere, so that several engines share the work. */
  startSweep(): void {
    let slot = Math.floor(Math.random() * answerSlots);
    this.#sweep = setInterval(() => {
      this.sweep(slot, slotsPerSweep).catch((error: unknown) => this.log.debug({ err: error }, 'no sweep of answers'));
      slot = (slot + slotsPerSweep) % answerSlots;
    }, sweepEveryMs);
  }

  stop(): void {
    clearInterval(this.#sweep);
    this.flush();
  }

  /** Drops what is over 24 hours old from some slots. */
  async sweep(firstSlot: number, count: number, nowMs = Date.now()): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    const before = Math.floor(nowMs / 1_000) - idempotencyCacheTtlSeconds;
    await this.#redis.sweepAnswers(this.#prefix, firstSlot, Math.min(firstSlot + count, answerSlots) - 1, before);
  }
}

/** How many answers a slot holds. */
export function slotAnswersOf(megabytes: number): number {
  const bytes = (megabytes * 1_048_576) / answerSlots;
  return Math.min(slotAnswersMax, Math.max(1, Math.floor((bytes - slotBytes) / answerBytes)));
}

function entriesOf(answers: readonly KeyedAnswer[]): Buffer {
  const entries = Buffer.allocUnsafe(answers.length * entryBytes);
  let offset = 0;
  for (const answer of answers) {
    entries.write(answer.keyDigest, offset, answerDigestBytes, 'hex');
    writeCachedAnswer(entries, offset + answerDigestBytes, answer);
    offset += entryBytes;
  }
  return entries;
}
