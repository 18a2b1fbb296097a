import { randomBytes } from 'node:crypto';
import {
  answerField,
  answerSlot,
  answerSlotPrefix,
  answerValueBytes,
  type CachedAnswer,
  writeCachedAnswer,
} from '@smart-wallet/engine/contract/cached-answer.js';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnswerStore, openAnswerStore } from './answer-store.js';

const answer: CachedAnswer = {
  ...{ requestHash: '00112233445566778899aabbccddeeff', kind: 'TRANSACTION', status: 'SUCCESS', answeredAtMs: 1_000 },
  outcomeId: '01a204c4-5be4-733a-8403-d060098f0282',
};
const namespace = `store_${randomBytes(6).toString('hex')}`;
const digests = Array.from({ length: 300 }, () => randomBytes(16).toString('hex'));
const [known, strange] = [digests[0] as string, digests[17] as string];

let redis: Redis;
let store: AnswerStore;

beforeAll(async () => {
  redis = new Redis(process.env.TEST_REDIS_URL as string);
  store = openAnswerStore(redis, namespace);
  const value = Buffer.alloc(answerValueBytes);
  writeCachedAnswer(value, 0, answer);
  await redis.hset(...place(known), value);
  await redis.hset(...place(strange), 'of another version');
});
afterAll(async () => {
  await redis.unlink(place(known)[0], place(strange)[0]);
  await redis.quit();
});

function place(digest: string): [key: string, field: Buffer] {
  const bytes = Buffer.from(digest, 'hex');
  return [`${answerSlotPrefix(namespace)}${answerSlot(bytes)}`, answerField(bytes)];
}

describe('answers in Redis', () => {
  it('are found among new keys, each in its place, and what another version wrote is none', async () => {
    const found = await store.find(digests);
    expect(found).toHaveLength(digests.length);
    expect(found[0]).toEqual(answer);
    expect(found.slice(1).every((each) => each === null)).toBe(true);
    expect(await store.find(digests.toReversed())).toEqual(found.toReversed());
  });

  it('are found one at a time', async () => {
    expect(await store.find([known])).toEqual([answer]);
    expect(await store.find([digests[1] as string])).toEqual([null]);
    expect(await store.find([strange])).toEqual([null]);
  });

  it('of new keys alone are none', async () => {
    expect(await store.find(digests.slice(1, 17))).toEqual(new Array(16).fill(null));
  });
});
