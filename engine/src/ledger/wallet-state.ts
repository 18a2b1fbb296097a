import type { WalletKind, WalletStatus } from '../contract/wallet.js';

/** A wallet as the rules see it. Money in ten-thousandths. */
export interface WalletState {
  readonly walletId: string;
  readonly kind: WalletKind;
  readonly currency: string;
  readonly status: WalletStatus;
  readonly balance: bigint;
  readonly held: bigint;
  /** `balance - held` may not fall below it; null: no floor. */
  readonly floor: bigint | null;
}

const nextStatuses: Readonly<Record<WalletStatus, readonly WalletStatus[]>> = {
  CREATED: ['ACTIVE', 'CLOSED'],
  ACTIVE: ['SUSPENDED', 'CLOSED'],
  SUSPENDED: ['ACTIVE', 'CLOSED'],
  CLOSED: [],
};

/** CREATED → ACTIVE ⇄ SUSPENDED → CLOSED; an open wallet may be closed at any point. */
export function mayBecome(from: WalletStatus, to: WalletStatus): boolean {
  return nextStatuses[from].includes(to);
}
