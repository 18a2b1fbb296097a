import { setTimeout as sleep } from 'node:timers/promises';
import type { CachedAnswer } from '@smart-wallet/engine/contract/cached-answer.js';
import { describe, expect, it } from 'vitest';
import { AnswerCache, circuitOpenMs } from './answer-cache.js';
import type { AnswerStore } from './answer-store.js';

const answer: CachedAnswer = {
  requestHash: '00112233445566778899aabbccddeeff',
  kind: 'TRANSACTION',
  outcomeId: '01a204c4-5be4-733a-8403-d060098f0282',
  status: 'SUCCESS',
  answeredAtMs: 1_000,
};

describe('the answer cache', () => {
  it('asks for all keys of a tick at once', async () => {
    const asked: (readonly string[])[] = [];
    const store: AnswerStore = {
      async find(digests) {
        asked.push(digests);
        return digests.map((digest) => (digest === 'b' ? answer : null));
      },
    };
    const cache = new AnswerCache(store, () => 0);
    expect(await Promise.all(['a', 'b'].map((digest) => cache.lookup(digest)))).toEqual([null, answer]);
    expect(asked).toEqual([['a', 'b']]);
    expect(cache.figures).toEqual({ hits: 1, misses: 1, skipped: 0 });
  });

  it('does without Redis while it is slow or away, and tries it again later', async () => {
    let now = 0;
    let calls = 0;
    let find: AnswerStore['find'] = () => new Promise(() => {});
    const store: AnswerStore = {
      find: (digests) => {
        calls++;
        return find(digests);
      },
    };
    const cache = new AnswerCache(store, () => now);
    expect(await cache.lookup('a')).toBeNull();
    expect(await cache.lookup('a')).toBeNull();
    expect(calls).toBe(1);
    now = circuitOpenMs;
    find = () => Promise.reject(new Error('away'));
    expect(await cache.lookup('a')).toBeNull();
    expect(calls).toBe(2);
    now = 2 * circuitOpenMs;
    find = async () => [answer];
    expect(await cache.lookup('a')).toEqual(answer);
    expect(await cache.lookup('a')).toEqual(answer);
    expect(calls).toBe(4);
    await sleep(0);
  });
});
