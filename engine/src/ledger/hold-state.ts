import type { HoldStatus } from '../contract/hold-status.js';

/** Money of a wallet that is set apart for a receiver, until it is captured, given back, or its time is over. */
export interface HoldState {
  readonly holdId: string;
  readonly walletId: string;
  readonly receiverWalletId: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly captured: bigint;
  /** How often it was captured. */
  readonly captures: number;
  readonly status: HoldStatus;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
  /** The UTC day it was made: its counter is given back what is not captured, and no other day's. */
  readonly day: number;
}

/** What may still be captured. */
export function remainingOf({ status, amount, captured }: HoldState): bigint {
  return status === 'OPEN' ? amount - captured : 0n;
}
