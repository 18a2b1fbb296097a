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

const find = (cache: AnswerCache, ...digests: string[]) =>
  new Promise<readonly (CachedAnswer | null)[]>((found) => cache.find(digests, found));

describe('the answer cache', () => {
  it('tells what it found of each key, and counts it', async () => {
    const store: AnswerStore = { find: async (digests) => digests.map((digest) => (digest === 'b' ? answer : null)) };
    const cache = new AnswerCache(store, () => 0);
    expect(await find(cache, 'a', 'b', 'c')).toEqual([null, answer, null]);
    expect(cache.figures).toEqual({ hits: 1, misses: 2, skipped: 0 });
  });

  it('does without Redis while it is slow or away, and tries it again later', async () => {
    let now = 0;
    let calls = 0;
    let lookUp: AnswerStore['find'] = () => new Promise(() => {});
    const store: AnswerStore = {
      find: (digests) => {
        calls++;
        return lookUp(digests);
      },
    };
    const cache = new AnswerCache(store, () => now);
    expect(await find(cache, 'a', 'b')).toEqual([]);
    expect(await find(cache, 'a')).toEqual([]);
    expect(cache.figures.skipped).toBe(3);
    expect(calls).toBe(1);
    now = circuitOpenMs;
    let fail = (_: Error) => {};
    lookUp = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    // Nobody waits for the one that tries, either.
    const told: unknown[] = [];
    for (let i = 0; i < 2; i++) cache.find(['a'], (answers) => void told.push(answers));
    expect([told, calls]).toEqual([[[], []], 2]);
    fail(new Error('away'));
    await find(cache, 'a');
    expect(calls).toBe(2);
    now = 2 * circuitOpenMs;
    lookUp = async () => [answer];
    expect(await find(cache, 'a')).toEqual([]);
    expect(await find(cache, 'a')).toEqual([answer]);
    expect(await find(cache, 'a')).toEqual([answer]);
    expect(calls).toBe(5);
  });
});
