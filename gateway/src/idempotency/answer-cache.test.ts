import { setTimeout as sleep } from 'node:timers/promises';
import type { CachedAnswer } from '@smart-wallet/engine/contract/commands.js';
import { describe, expect, it } from 'vitest';
import { AnswerCache, circuitOpenMs } from './answer-cache.js';

const id = '01a204c4-5be4-733a-8403-d060098f0282';
const answer = {
  requestHash: 'h',
  transaction: {
    ...{ transactionId: id, status: 'SUCCESS', failureCode: null, failureReason: null },
    ...{ senderWalletId: id, receiverWalletId: id, partition: 3, batchSeq: 7 },
    ...{ initiatedAtMs: 1, processingAtMs: 2, createdAtMs: 3 },
  },
} as CachedAnswer;

describe('the answer cache', () => {
  it('asks for all keys of a tick at once', async () => {
    const asked: string[][] = [];
    const cache = new AnswerCache(
      {
        async mget(keys) {
          asked.push(keys);
          return keys.map((key) => (key === 'ns:key:b' ? JSON.stringify(answer) : null));
        },
      },
      'ns',
      () => 0,
    );
    expect(await Promise.all(['a', 'b'].map((digest) => cache.lookup(digest)))).toEqual([null, answer]);
    expect(asked).toEqual([['ns:key:a', 'ns:key:b']]);
    expect(cache.figures).toEqual({ hits: 1, misses: 1, skipped: 0 });
  });

  it('does without Redis while it is slow or away, and tries it again later', async () => {
    let now = 0;
    let calls = 0;
    let mget: () => Promise<(string | null)[]> = () => new Promise(() => {});
    const store = {
      mget: () => {
        calls++;
        return mget();
      },
    };
    const cache = new AnswerCache(store, 'ns', () => now);
    expect(await cache.lookup('a')).toBeNull();
    expect(await cache.lookup('a')).toBeNull();
    expect(calls).toBe(1);
    now = circuitOpenMs;
    mget = () => Promise.reject(new Error('away'));
    expect(await cache.lookup('a')).toBeNull();
    expect(calls).toBe(2);
    now = 2 * circuitOpenMs;
    mget = async () => [JSON.stringify(answer)];
    expect(await cache.lookup('a')).toEqual(answer);
    expect(await cache.lookup('a')).toEqual(answer);
    expect(calls).toBe(4);
    await sleep(0);
  });

  it('does not believe what it cannot read', async () => {
    const cache = new AnswerCache(
      { mget: async (keys) => keys.map((_, i) => ['{', '{}', 'null'][i] ?? null) },
      'ns',
      () => 0,
    );
    expect(await Promise.all(['a', 'b', 'c'].map((digest) => cache.lookup(digest)))).toEqual([null, null, null]);
  });
});
