import { cachedBalanceAgeMaxMs } from '@smart-wallet/engine/contract/cached-balance.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BalanceCache, balanceLookupMsMax, balanceLookupsPauseMs, balancesKeptMax } from './balance-cache.js';
import type { BalanceStore } from './balance-store.js';
import type { BalanceRow } from './find-balance.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sequences = 500;
const walletId = '01a204c4-5be4-733a-8403-d060098f0282';

function row(version: number): BalanceRow {
  return { currency: 'EUR', balance: `${version}.0000`, held: '0', version: String(version), as_of: new Date() };
}

/** Redis with one key for each wallet, which answers when it is told to. */
class FakeStore implements BalanceStore {
  readonly kept = new Map<string, string>();
  away = false;
  constructor(readonly turn: () => Promise<void> = async () => {}) {}

  async findOrLeave(id: string, token: string | null): Promise<string | null> {
    await this.turn();
    if (this.away) throw new Error('away');
    const found = this.kept.get(id) ?? null;
    if (found === null && token !== null) this.kept.set(id, token);
    await this.turn();
    return found;
  }

  async replace(id: string, token: string, balance: string): Promise<void> {
    await this.turn();
    if (this.away) throw new Error('away');
    if (this.kept.get(id) === token) this.kept.set(id, balance);
  }
}

function openCache(store: BalanceStore): BalanceCache {
  return new BalanceCache(store, { databaseNowMs: () => Date.now(), now: () => Date.now() });
}

/** Readers at two gateways and payers, each step of theirs whenever chance wants it. Returns how often Redis had the balance. */
async function interleaved(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const waiting: (() => void)[] = [];
  const turn = () => new Promise<void>((go) => waiting.push(go));
  const store = new FakeStore(turn);
  const caches = [openCache(store), openCache(store)];
  let committed = 0;
  let dropped = 0;
  const read = async () => {
    await turn();
    const seen = row(committed);
    await turn();
    return seen;
  };
  const reader = async (cache: BalanceCache) => {
    for (let n = 0; n < 8; n++) {
      await turn();
      const before = dropped;
      const found = await cache.find(walletId, read);
      if (Number(found?.version) < before)
        throw new Error(`seed ${seed}: ${found?.version} after ${before} was dropped`);
    }
  };
  const payer = async () => {
    for (let n = 0; n < 4; n++) {
      await turn();
      committed += 1;
      const mine = committed;
      await turn();
      store.kept.delete(walletId);
      dropped = Math.max(dropped, mine);
    }
  };
  let running = true;
  const all = Promise.all([...[...caches, ...caches].map(reader), payer(), payer()]).finally(() => {
    running = false;
  });
  while (running) {
    // All that waits for nobody goes on first.
    for (let n = 0; n < 12; n++) await Promise.resolve();
    waiting.splice(Math.floor(random() * waiting.length), 1)[0]?.();
  }
  await all;
  return caches.reduce((sum, { figures }) => sum + figures.hits, 0);
}

describe('a cached balance', () => {
  it('is never from before a commit whose deletion has reached Redis, whoever overtakes whom', async () => {
    const firstSeed = Date.now() % 1e6;
    let hits = 0;
    for (let seed = firstSeed; seed < firstSeed + sequences; seed++) hits += await interleaved(seed);
    expect(hits).toBeGreaterThan(sequences);
  });

  it('spares Postgres, and says of when it is', async () => {
    const cache = openCache(new FakeStore());
    const first = await cache.find(walletId, async () => row(1));
    vi.advanceTimersByTime(1_000);
    expect(await cache.find(walletId, () => Promise.reject(new Error('asked again')))).toEqual(first);
    expect(cache.figures).toEqual({ hits: 1, misses: 1, skipped: 0 });
  });

  it('is not told when it is over a minute old, whatever Redis still has', async () => {
    const cache = openCache(new FakeStore());
    await cache.find(walletId, async () => row(1));
    vi.advanceTimersByTime(cachedBalanceAgeMaxMs);
    expect((await cache.find(walletId, async () => row(2)))?.version).toBe('1');
    vi.advanceTimersByTime(1);
    expect((await cache.find(walletId, async () => row(2)))?.version).toBe('2');
  });

  it('comes from Postgres while Redis is away, or does not answer, and nobody waits for it again at once', async () => {
    const store = new FakeStore();
    const cache = openCache(store);
    await cache.find(walletId, async () => row(1));
    store.away = true;
    expect((await cache.find(walletId, async () => row(2)))?.version).toBe('2');
    store.away = false;
    expect((await cache.find(walletId, async () => row(3)))?.version).toBe('3');
    vi.advanceTimersByTime(balanceLookupsPauseMs);
    expect((await cache.find(walletId, async () => row(4)))?.version).toBe('1');

    const silent = openCache(new FakeStore(() => new Promise(() => {})));
    const found = silent.find(walletId, async () => row(5));
    await vi.advanceTimersByTimeAsync(balanceLookupMsMax);
    expect((await found)?.version).toBe('5');
    expect(silent.figures).toEqual({ hits: 0, misses: 0, skipped: 1 });
  });

  it('is not kept beyond what one gateway may take of Redis in a minute', async () => {
    const store = new FakeStore();
    const cache = openCache(store);
    for (let i = 0; i < balancesKeptMax + 10; i++) await cache.find(`wallet ${i}`, async () => row(1));
    expect(store.kept.size).toBe(balancesKeptMax);
    vi.advanceTimersByTime(cachedBalanceAgeMaxMs);
    await cache.find('one more', async () => row(1));
    expect(store.kept.has('one more')).toBe(true);
  });

  it('of a wallet that does not exist is none', async () => {
    const cache = openCache(new FakeStore());
    expect(await cache.find(walletId, async () => undefined)).toBeUndefined();
    expect((await cache.find(walletId, async () => row(1)))?.version).toBe('1');
  });
});
