import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerSlotPrefix, answerSlots, readCachedAnswer } from '../contract/cached-answer.js';
import { idempotencyCacheTtlSeconds } from '../contract/limits.js';
import { answersPerCallMax, IdempotencyCache, type KeyedAnswer, slotAnswersOf } from './idempotency-cache.js';

const megabytes = 64;
const nowMs = Date.now();

let redis: Redis;
let namespace: string;
let cache: IdempotencyCache;

beforeAll(async () => {
  redis = new Redis(process.env.TEST_REDIS_URL as string);
  await redis.ping();
  namespace = `answers_${randomBytes(6).toString('hex')}`;
  cache = new IdempotencyCache(redis, namespace, megabytes, pino({ level: 'silent' }));
});
afterAll(async () => {
  const keys = await redis.keys(`${answerSlotPrefix(namespace)}*`);
  if (keys.length > 0) await redis.unlink(keys);
  await redis.quit();
});

/** In the slot of that number, of a platform of 2^17. */
function answerIn(slot: number, answeredAtMs = nowMs): KeyedAnswer {
  const digest = randomBytes(16);
  digest.writeUIntBE((slot << 7) | ((digest[2] as number) & 0x7f), 0, 3);
  return {
    keyDigest: digest.toString('hex'),
    requestHash: randomBytes(16).toString('hex'),
    kind: 'TRANSACTION',
    outcomeId: '01a204c4-5be4-733a-8403-d060098f0282',
    status: 'SUCCESS',
    answeredAtMs,
  };
}

const slotKey = (slot: number) => `${answerSlotPrefix(namespace)}${slot}`;
const fieldOf = ({ keyDigest }: KeyedAnswer) => Buffer.from(keyDigest.slice(4), 'hex');

/** The commands of one connection are done in order, so what is asked after it sees it. */
async function kept(answers: KeyedAnswer[], slot: number): Promise<boolean[]> {
  cache.flush();
  const values = await Promise.all(answers.map((answer) => redis.hgetBuffer(slotKey(slot), fieldOf(answer))));
  return values.map((value) => value !== null);
}

describe('the answers in Redis', () => {
  it('are found under the slot and the rest of their digest, and expire', async () => {
    const answer = answerIn(answerSlots - 1);
    cache.remember([answer]);
    cache.flush();
    const { keyDigest: _, ...expected } = answer;
    // The first call is sent a second time when Redis does not know the script.
    await vi.waitFor(async () => {
      const value = await redis.hgetBuffer(slotKey(answerSlots - 1), fieldOf(answer));
      expect(readCachedAnswer(value as Buffer, 0)).toEqual({
        ...expected,
        answeredAtMs: Math.floor(nowMs / 1_000) * 1_000,
      });
    }, 10_000);
    expect(await redis.ttl(slotKey(answerSlots - 1))).toBeGreaterThan(idempotencyCacheTtlSeconds - 60);
  });

  it('of several calls are written together, a moment later', async () => {
    const answers = [answerIn(500), answerIn(501)];
    for (const answer of answers) cache.remember([answer]);
    const written = (slot: number) => redis.exists(slotKey(slot));
    expect(await written(500)).toBe(0);
    await vi.waitFor(async () => expect([await written(500), await written(501)]).toEqual([1, 1]), 10_000);
  });

  it('that wait are written when the engine stops', async () => {
    const stopping = new IdempotencyCache(redis, namespace, megabytes, pino({ level: 'silent' }));
    stopping.remember([answerIn(502)]);
    stopping.stop();
    expect(await redis.exists(slotKey(502))).toBe(1);
  });

  it('of more than one call are all there', async () => {
    const answers = Array.from({ length: answersPerCallMax * 2 + 1 }, (_, i) => answerIn(i + 1_000));
    cache.remember(answers);
    for (const [i, answer] of answers.entries()) expect(await kept([answer], i + 1_000)).toEqual([true]);
  });

  it('never take more than their share: the oldest of a full slot go', async () => {
    const most = slotAnswersOf(megabytes);
    const answers = Array.from({ length: 20 * most }, (_, i) => answerIn(7, nowMs + i * 1_000));
    for (const answer of answers) {
      cache.remember([answer]);
      cache.flush();
      expect(await redis.hlen(slotKey(7))).toBeLessThanOrEqual(most);
    }
    const stays = await kept(answers, 7);
    expect(stays.slice(0, -most)).not.toContain(true);
    expect(stays.slice(-Math.floor((most * 3) / 4))).not.toContain(false);
  });

  it('are one list in Redis, however many a slot holds', async () => {
    const most = slotAnswersOf(2_048);
    expect(most).toBeGreaterThan(200);
    const large = new IdempotencyCache(redis, namespace, 2_048, pino({ level: 'silent' }));
    large.remember(Array.from({ length: most }, () => answerIn(8)));
    large.flush();
    expect(await redis.hlen(slotKey(8))).toBe(most);
    expect(await redis.object('ENCODING', slotKey(8))).toBe('listpack');
  });

  it('that are over 24 hours old are swept away, younger ones are not', async () => {
    const day = idempotencyCacheTtlSeconds * 1_000;
    const [old, young] = [answerIn(9, nowMs - day - 2_000), answerIn(9, nowMs - day + 60_000)];
    cache.remember([old, young]);
    cache.flush();
    await cache.sweep(0, 32, nowMs);
    expect(await kept([old, young], 9)).toEqual([false, true]);
  });

  it('take what was asked for', () => {
    // 65.7 bytes a key were measured with 38 keys a slot.
    expect((slotAnswersOf(512) * 63 + 160) * answerSlots).toBeLessThanOrEqual(512 * 1_048_576);
    expect(slotAnswersOf(512)).toBeGreaterThan(55);
  });
});
