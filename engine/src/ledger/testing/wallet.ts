import { noLimits, type WalletState } from '../wallet-state.js';

/** A wallet as an example needs it: empty, ACTIVE, of a user, without limits, and what is said otherwise. */
export function wallet(walletId: string, changes: Partial<WalletState> = {}): WalletState {
  return {
    ...{ walletId, kind: 'USER', currency: 'EUR', scope: null, status: 'ACTIVE', balance: 0n, held: 0n, floor: 0n },
    ...{ limits: noLimits, day: 0, dayOut: 0n, dayIn: 0n },
    ...changes,
  };
}
