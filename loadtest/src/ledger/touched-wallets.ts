import type { LedgerChange, LedgerLimits, LedgerTransaction } from './ledger-batch.js';

/** What a batch does to one wallet. */
export interface TouchedWallet {
  walletId: string;
  ix: number;
  delta: bigint;
  /** Change of what open holds have set apart. */
  held: bigint;
  /** Deepest that what is available gets below where it started, 0 or less. */
  dip: bigint;
  /** Change of the day's counters, and the highest that one rises on the way. */
  out: bigint;
  outPeak: bigint;
  in: bigint;
  /** What its limits are from now on. */
  limits?: LedgerLimits;
  entries: number;
  from: string;
  to: string;
  later: bigint;
  laterEntries: number;
}

/** Sorted by id; `ix` is the place, from 1. `isOfToday`: was the hold made on the UTC day of the batch? */
export function touchedWallets(
  transactions: LedgerTransaction[],
  changes: LedgerChange[],
  isOfToday: (holdId: string) => boolean = () => false,
): Map<string, TouchedWallet> {
  const wallets = new Map<string, TouchedWallet>();
  const touch = (walletId: string, status = 'ACTIVE') => {
    let wallet = wallets.get(walletId);
    if (!wallet) {
      wallet = {
        ...{ walletId, ix: 0, delta: 0n, held: 0n, dip: 0n, out: 0n, outPeak: 0n, in: 0n, entries: 0 },
        ...{ from: status, to: status, later: 0n, laterEntries: 0 },
      };
      wallets.set(walletId, wallet);
    }
    return wallet;
  };
  for (const t of transactions) {
    if (t.failure) continue;
    const { senderDelta, held, receiverDelta, out, in: cameIn } = effectOf(t, isOfToday);
    const sender = touch(t.senderWalletId);
    sender.delta += senderDelta;
    sender.held += held;
    sender.out += out;
    if (sender.delta - sender.held < sender.dip) sender.dip = sender.delta - sender.held;
    if (sender.out > sender.outPeak) sender.outPeak = sender.out;
    if (receiverDelta === 0n) continue;
    sender.entries += 1;
    const receiver = touch(t.receiverWalletId);
    receiver.delta += receiverDelta;
    receiver.entries += 1;
    receiver.in += cameIn;
  }
  for (const { walletId, from, to, refused } of changes) {
    if (typeof from === 'string') {
      if (from !== to) touch(walletId, from).to = to as string;
    } else if (!refused) touch(walletId).limits = to as LedgerLimits;
  }
  const sorted = [...wallets].sort(([a], [b]) => (a < b ? -1 : 1));
  sorted.forEach(([, wallet], i) => {
    wallet.ix = i + 1;
  });
  return new Map(sorted);
}

/** What a success does to its wallets. */
function effectOf(t: LedgerTransaction, isOfToday: (holdId: string) => boolean) {
  const { kind, amount, released = 0n } = t;
  const moved = { senderDelta: -amount, held: 0n, receiverDelta: amount, out: 0n, in: 0n };
  const sameDay = isOfToday(t.parentTransactionId ?? '');
  switch (kind) {
    case 'PAYMENT':
      return { ...moved, out: amount, in: amount };
    case 'DEPOSIT':
      return { ...moved, in: amount };
    case 'WITHDRAWAL':
      return { ...moved, out: amount };
    case 'REFUND':
    case 'REVERSAL':
      return moved;
    case 'CAPTURE':
      return { ...moved, held: -amount - released, out: sameDay ? -released : 0n, in: amount };
    case 'HOLD':
      return { ...moved, senderDelta: 0n, receiverDelta: 0n, held: amount, out: amount };
    case 'VOID':
    case 'EXPIRY':
      return { ...moved, senderDelta: 0n, receiverDelta: 0n, held: -amount, out: sameDay ? -amount : 0n };
  }
}
