import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { walletCacheBytesMax } from '../contract/limits.js';
import { WalletCache, walletsCachedMax } from './wallet-cache.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a million wallets touched stay under the memory limit', () => {
  const cache = new WalletCache(64);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let last = '';
  for (let i = 0; i < 1_000_000; i += 1) {
    last = uuidv7();
    cache.install({
      walletId: last,
      kind: 'USER',
      currency: 'EUR',
      status: 'ACTIVE',
      balance: BigInt(i),
      held: 0n,
      floor: 0n,
    });
  }
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(cache.get(last)?.balance).toBe(999_999n);
  expect(bytes).toBeGreaterThan((walletsCachedMax / 2) * 100);
  expect(bytes).toBeLessThan(walletCacheBytesMax);
});
