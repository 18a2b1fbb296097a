import type { WalletStatus } from '../contract/wallet.js';
import type { WalletLimits } from './wallet-state.js';

/** What an accepted command does to wallets. */
export type WalletEvent = PairPosted | FundsHeld | FundsReleased | StatusChanged | LimitsChanged;

/** Both entries of a transaction that moves money. */
export interface PairPosted {
  readonly type: 'PAIR_POSTED';
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: bigint;
  /** What the sender holds no more: a capture's amount and what it gives back. */
  readonly unheld: bigint;
  /** The UTC day of the commit, and what changes in that day's counters. */
  readonly day: number;
  readonly countedOut: bigint;
  readonly countedIn: bigint;
}

export interface FundsHeld {
  readonly type: 'FUNDS_HELD';
  readonly walletId: string;
  readonly amount: bigint;
  readonly day: number;
}

/** A hold's remainder goes back to what is available. */
export interface FundsReleased {
  readonly type: 'FUNDS_RELEASED';
  readonly walletId: string;
  readonly amount: bigint;
  readonly day: number;
  /** What goes back to the day's counter: zero or below. */
  readonly countedOut: bigint;
}

export interface StatusChanged {
  readonly type: 'STATUS_CHANGED';
  readonly walletId: string;
  readonly status: WalletStatus;
}

export interface LimitsChanged {
  readonly type: 'LIMITS_CHANGED';
  readonly walletId: string;
  readonly floor: bigint;
  readonly limits: WalletLimits;
}
