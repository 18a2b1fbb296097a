import {
  answerDigestBytes,
  answerField,
  answerPlaceLua,
  answerSlot,
  answerSlotPrefix,
  answerValueBytes,
  type CachedAnswer,
  readCachedAnswer,
} from '@smart-wallet/engine/contract/cached-answer.js';
import type { Redis } from 'ioredis';

/** What the cache needs of Redis. */
export interface AnswerStore {
  /** One for each key digest, in order. */
  find(keyDigests: readonly string[]): Promise<(CachedAnswer | null)[]>;
}

/** One byte for a miss, the value for a hit, all in one text: a script's reply of a hundred parts is slower to read. */
const findScript = `
local prefix, d, found = ARGV[1], ARGV[2], {}
for o = 1, #d, ${answerDigestBytes} do
  ${answerPlaceLua}
  local value = redis.call('HGET', key, field)
  found[#found + 1] = value and #value == ${answerValueBytes} and value or '\\0'
end
return table.concat(found)`;

interface AnswerScripts {
  findAnswersBuffer(prefix: string, digests: Buffer): Promise<Buffer>;
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

export function readFound(bytes: Buffer, count: number): (CachedAnswer | null)[] {
  const found: (CachedAnswer | null)[] = [];
  let offset = 0;
  while (found.length < count) {
    const isMiss = bytes[offset] === 0;
    found.push(isMiss ? null : readCachedAnswer(bytes, offset));
    offset += isMiss ? 1 : answerValueBytes;
  }
  return found;
}
