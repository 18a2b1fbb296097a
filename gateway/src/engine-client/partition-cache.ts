import { partitionOf } from '@smart-wallet/engine/contract/partition.js';

/** Wallets whose partition is remembered; then it starts over. */
const walletsMax = 200_000;

/** Remembers `partitionOf`: the digest was 7 % of the time of a batch of payments, and a wallet's partition never changes. */
export function cachedPartitionOf(partitionCount: number): (walletId: string) => number {
  const known = new Map<string, number>();
  return (walletId) => {
    let partition = known.get(walletId);
    if (partition === undefined) {
      partition = partitionOf(walletId, partitionCount);
      if (known.size >= walletsMax) known.clear();
      known.set(walletId, partition);
    }
    return partition;
  };
}
