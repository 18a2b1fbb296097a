import type { HoldState } from '../hold-state.js';

/** An open hold of 100.00 EUR by `a` for `b`, made on day 0 and good for an hour, and what is said otherwise. */
export function hold(changes: Partial<HoldState> = {}): HoldState {
  return {
    ...{
      holdId: 'h',
      walletId: 'a',
      receiverWalletId: 'b',
      currency: 'EUR',
      amount: 1_000_000n,
      captured: 0n,
      captures: 0,
    },
    ...{ status: 'OPEN', expiresAtMs: 3_600_000, day: 0 },
    ...changes,
  };
}
