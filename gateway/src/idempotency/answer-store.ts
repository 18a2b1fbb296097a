import {
  answerDigestBytes,
  answerField,
  answerLocalsLua,
  answerPlaceLua,
  answerSlot,
  answerSlotPrefix,
  type CachedAnswer,
  readCachedAnswer,
} from '@smart-wallet/engine/contract/cached-answer.js';
import type { Redis } from 'ioredis';

/** What the cache needs of Redis. */
export interface AnswerStore {
  /** One for each key digest, in order. */
  find(keyDigests: readonly string[]): Promise<(CachedAnswer | null)[]>;
}

/** Most keys are new: nothing is said of them. Of the others, the place and the value; null: all are new. */
const findScript = `
${answerLocalsLua}
local prefix, d, found = ARGV[1], ARGV[2], nil
for o = 1, #d, ${answerDigestBytes} do
  ${answerPlaceLua}
  local value = call('HGET', key, field)
  if value then
    found = found or {}
    found[#found + 1] = (o - 1) / ${answerDigestBytes}
    found[#found + 1] = value
  end
end
return found`;

type Found = (number | Buffer)[] | null;

interface AnswerScripts {
  findAnswersBuffer(prefix: string, digests: Buffer): Promise<Found>;
}

export function openAnswerStore(redis: Redis, namespace: string): AnswerStore {
  redis.defineCommand('findAnswers', { lua: findScript, numberOfKeys: 0 });
  const scripts = redis as Redis & AnswerScripts;
  const prefix = answerSlotPrefix(namespace);
  return {
    async find(keyDigests) {
      const digests = Buffer.from(keyDigests.join(''), 'hex');
      if (keyDigests.length > 1) {
        return readFound(await scripts.findAnswersBuffer(prefix, digests), keyDigests.length);
      }
      // Most ticks have one key, and a script costs Redis more than the command itself.
      const value = await redis.hgetBuffer(`${prefix}${answerSlot(digests)}`, answerField(digests));
      return [value ? readCachedAnswer(value, 0) : null];
    },
  };
}

function readFound(found: Found, count: number): (CachedAnswer | null)[] {
  const answers = new Array<CachedAnswer | null>(count).fill(null);
  if (found)
    for (let i = 0; i < found.length; i += 2) answers[Number(found[i])] = readCachedAnswer(found[i + 1] as Buffer, 0);
  return answers;
}
