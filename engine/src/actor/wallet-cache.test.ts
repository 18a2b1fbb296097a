import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { walletCacheBytesMax } from '../contract/limits.js';
import { wallet as emptyWallet } from '../ledger/testing/wallet.js';
import { WalletCache, walletsCachedMax } from './wallet-cache.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const wallet = emptyWallet(uuidv7());

test('a forgotten partition is forgotten until it is read again, and no other one', () => {
  const cache = new WalletCache(64);
  const wallets = Array.from({ length: 1_000 }, (_, i) => ({ ...wallet, walletId: uuidv7(), balance: BigInt(i) }));
  for (const one of wallets) cache.install(one);
  cache.forgetPartition(5);
  for (const one of wallets) {
    const forgotten = cache.partitionOf(one.walletId) === 5;
    expect(cache.get(one.walletId)).toEqual(forgotten ? undefined : one);
    cache.install(one);
    expect(cache.get(one.walletId)).toEqual(one);
  }
});

test('partitions are forgotten without a search: a failover of all of them does not hold the engine up', () => {
  const cache = new WalletCache(64);
  for (let i = 0; i < 100_000; i += 1) cache.install({ ...wallet, walletId: uuidv7() });
  const startedAt = performance.now();
  for (let i = 0; i < 10_000; i += 1) cache.forgetPartition(i % 64);
  expect(performance.now() - startedAt).toBeLessThan(1_000); // a search each took 5 ms: 50 s
});

test('a million wallets touched stay under the memory limit', () => {
  const cache = new WalletCache(64);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let last = '';
  for (let i = 0; i < 1_000_000; i += 1) {
    last = uuidv7();
    cache.install({ ...wallet, walletId: last, balance: BigInt(i) });
  }
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(cache.get(last)?.balance).toBe(999_999n);
  expect(bytes).toBeGreaterThan((walletsCachedMax / 2) * 100);
  expect(bytes).toBeLessThan(walletCacheBytesMax);
}, 120_000);
