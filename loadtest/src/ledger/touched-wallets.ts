import type { LedgerChange, LedgerTransaction } from './ledger-batch.js';

/** What a batch does to one wallet. */
export interface TouchedWallet {
  walletId: string;
  ix: number;
  delta: bigint;
  /** Deepest the balance gets below where it started, 0 or less. */
  dip: bigint;
  entries: number;
  from: string;
  to: string;
  later: bigint;
  laterEntries: number;
}

/** Sorted by id; `ix` is the place, from 1. */
export function touchedWallets(transactions: LedgerTransaction[], changes: LedgerChange[]): Map<string, TouchedWallet> {
  const wallets = new Map<string, TouchedWallet>();
  const touch = (walletId: string, status = 'ACTIVE') => {
    let wallet = wallets.get(walletId);
    if (!wallet) {
      wallet = {
        walletId,
        ix: 0,
        delta: 0n,
        dip: 0n,
        entries: 0,
        from: status,
        to: status,
        later: 0n,
        laterEntries: 0,
      };
      wallets.set(walletId, wallet);
    }
    return wallet;
  };
  const move = (walletId: string, delta: bigint) => {
    const wallet = touch(walletId);
    wallet.delta += delta;
    wallet.entries += 1;
    if (wallet.delta < wallet.dip) wallet.dip = wallet.delta;
  };
  for (const t of transactions) {
    if (t.failure) continue;
    move(t.senderWalletId, -t.amount);
    move(t.receiverWalletId, t.amount);
  }
  for (const change of changes) if (change.from !== change.to) touch(change.walletId, change.from).to = change.to;
  const sorted = [...wallets].sort(([a], [b]) => (a < b ? -1 : 1));
  sorted.forEach(([, wallet], i) => {
    wallet.ix = i + 1;
  });
  return new Map(sorted);
}
