import { seedAmount } from '../workload.js';

/** Every wallet pays another; every wallet pays the busy one; or the busy one pays all of them back. */
export type RoundKind = 'DEPOSITS' | 'ORDINARY' | 'TO_BUSY' | 'FROM_BUSY';

/** Payments of which every wallet makes (or gets) one, in order: so what stands before each of them needs no look. */
export interface Round {
  kind: RoundKind;
  /** How many of them are made: in the last round maybe not all. */
  steps: number;
  /** Ten-thousandths. */
  amount: bigint;
  /** ORDINARY: how many places further the receiver is. */
  shift: number;
  /** Transactions and batches before it. */
  firstTransaction: number;
  firstBatch: number;
  /** What each wallet, and the busy one, has before it. */
  wallet: Account;
  busy: Account;
  /** How often each wallet's partition, and all of them for the busy one's, had an event of each wallet. */
  ownRounds: number;
  busyRounds: number;
}

export interface Account {
  entries: number;
  /** Ten-thousandths. */
  balance: bigint;
}

/** The busy wallet has a tenth of all entries of a large ledger, and most of a small one's. */
const roundsInCycle = 20;

/** @param batches how many batches a whole round has */
export function fillPlan(payments: number, wallets: number, batches: number): Round[] {
  const rounds: Round[] = [];
  const wallet: Account = { entries: 0, balance: 0n };
  const busy: Account = { entries: 0, balance: 0n };
  let [ownRounds, busyRounds, firstTransaction] = [0, 0, 0];
  const add = (kind: RoundKind, steps: number, amount: bigint, shift = 0) => {
    const firstBatch = rounds.length * batches;
    const before = { wallet: { ...wallet }, busy: { ...busy } };
    rounds.push({ kind, steps, amount, shift, firstTransaction, firstBatch, ...before, ownRounds, busyRounds });
    firstTransaction += steps;
    // What follows a round that is not whole needs none of this: nothing follows it.
    wallet.entries += kind === 'ORDINARY' ? 2 : 1;
    if (kind === 'DEPOSITS') wallet.balance += amount;
    if (kind === 'TO_BUSY' || kind === 'FROM_BUSY') {
      const sign = kind === 'TO_BUSY' ? 1n : -1n;
      wallet.balance -= sign * amount;
      busy.balance += sign * amount * BigInt(wallets);
      busy.entries += wallets;
    }
    if (kind === 'FROM_BUSY') busyRounds += 1;
    else ownRounds += 1;
  };
  add('DEPOSITS', wallets, seedAmount);
  for (let round = 0, left = payments; left > 0; round++, left -= wallets) {
    const place = round % roundsInCycle;
    const kind = place === 0 ? 'TO_BUSY' : place === 1 ? 'FROM_BUSY' : 'ORDINARY';
    // The busy wallet pays back what it got in the round before.
    const amount = 1_0000n + BigInt(kind === 'FROM_BUSY' ? round - 1 : round) * 100n;
    const shift = 1 + ((round * 48_271 + 12_345) % (wallets - 1));
    add(kind, Math.min(left, wallets), amount, shift);
  }
  return rounds;
}
