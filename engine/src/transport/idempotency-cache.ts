import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { idempotencyCacheTtlSeconds } from '../contract/limits.js';
import { idempotencyCacheKey } from '../contract/subjects.js';

/** Writes of answers under way to Redis. Beyond it they are skipped: the ledger has them. */
const writesUnderWayMax = 20;

// One command for a whole batch: an ioredis command object for each payment would cost more than the write.
const script = `
for i = 1, #ARGV - 1, 2 do redis.call('SET', ARGV[i], ARGV[i + 1], 'EX', ARGV[#ARGV]) end`;

/** Tells gateways of committed answers, so that a retry need not reach the engine. Losing one only costs a look-up. */
export class IdempotencyCache {
  #underWay = 0;

  constructor(
    private readonly redis: Redis,
    private readonly namespace: string,
    private readonly log: Logger,
  ) {
    redis.defineCommand('rememberAnswers', { lua: script, numberOfKeys: 0 });
  }

  /** Takes `[key digest, CachedAnswer as JSON]` pairs; returns at once. */
  remember(answers: readonly (readonly [keyDigest: string, cachedAnswerText: string])[]): void {
    if (answers.length === 0 || this.#underWay >= writesUnderWayMax || this.redis.status !== 'ready') return;
    const args: (string | number)[] = [];
    for (const [keyDigest, text] of answers) args.push(idempotencyCacheKey(this.namespace, keyDigest), text);
    args.push(idempotencyCacheTtlSeconds);
    this.#underWay += 1;
    const redis = this.redis as Redis & { rememberAnswers(...args: (string | number)[]): Promise<unknown> };
    redis
      .rememberAnswers(...args)
      .catch((error: unknown) => this.log.debug({ err: error }, 'answers were not cached'))
      .finally(() => {
        this.#underWay -= 1;
      });
  }
}
