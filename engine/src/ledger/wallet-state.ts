import type { WalletKind, WalletStatus } from '../contract/wallet.js';

/** A wallet as the rules see it. Money in ten-thousandths. */
export interface WalletState {
  readonly walletId: string;
  readonly kind: WalletKind;
  readonly currency: string;
  /** Which service's it is, from its making on; null: nobody's in particular. */
  readonly scope: string | null;
  readonly status: WalletStatus;
  readonly balance: bigint;
  /** Of the balance, what open holds have set apart. */
  readonly held: bigint;
  /** `balance - held` may not fall below it: minus the credit limit. null: no floor. */
  readonly floor: bigint | null;
  readonly limits: WalletLimits;
  /** The UTC day that the counters are of; see `utcDay`. */
  readonly day: number;
  /** What went out and came in that day, as far as daily limits count it. Kept without a limit too. */
  readonly dayOut: bigint;
  readonly dayIn: bigint;
}

/** null: no bound. */
export interface WalletLimits {
  readonly perPayment: bigint | null;
  readonly dailyOut: bigint | null;
  readonly dailyIn: bigint | null;
}

export const noLimits: WalletLimits = { perPayment: null, dailyOut: null, dailyIn: null };

export interface DayCounters {
  readonly out: bigint;
  readonly in: bigint;
}

/** The counters on a day: a new day begins at zero. (A day before that of the counters is never committed.) */
export function countersOn({ day, dayOut, dayIn }: WalletState, today: number): DayCounters {
  return day < today ? { out: 0n, in: 0n } : { out: dayOut, in: dayIn };
}

/**
 * Whether a caller that is bound to a scope may pay from the wallet, or bring money into it. To others the wallet does not exist. Who
 * is not bound (undefined) may with all. A scope never changes: what is said of it does not rest on hearsay.
 */
export function isWithin(scope: string | undefined, wallet: WalletState): boolean {
  return scope === undefined || wallet.scope === scope;
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
