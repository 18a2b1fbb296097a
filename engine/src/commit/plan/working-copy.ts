import type { WalletStatus } from '../../contract/wallet.js';
import type { PairPosted, StatusChanged } from '../../ledger/decide.js';
import { evolve } from '../../ledger/evolve.js';
import type { WalletState } from '../../ledger/wallet-state.js';
import type { LedgerView } from './view.js';

/** A wallet that the batch changes. */
export interface TouchedWallet {
  readonly statusBefore: WalletStatus;
  state: WalletState;
  /** Net change of the balance so far, and the lowest it was on the way (0 or below). */
  delta: bigint;
  dip: bigint;
  entries: number;
  /** In the database call, from 1; 0 before it is written. */
  place: number;
}

/** The two entries: the wallets' running change and entry count with this transaction. */
export interface Posted {
  readonly type: 'POSTED';
  readonly from: TouchedWallet;
  readonly to: TouchedWallet;
  readonly senderDelta: bigint;
  readonly senderEntries: number;
  readonly receiverDelta: bigint;
  readonly receiverEntries: number;
}

/** The wallets as the batch's commands leave them behind. Nobody else sees them until the database has committed it. */
export class WorkingCopy {
  readonly touched = new Map<string, TouchedWallet>();

  constructor(private readonly view: LedgerView) {}

  /** Funding wallets are the platform's own: to a caller they do not exist. */
  userWallet(walletId: string | null): WalletState | undefined {
    const wallet = this.touched.get(walletId as string)?.state ?? this.view.wallet(walletId as string);
    return wallet?.kind === 'USER' ? wallet : undefined;
  }

  fundingWallet(partition: number, currency: string): WalletState {
    const wallet = this.view.fundingWallet(partition, currency);
    return this.touched.get(wallet.walletId)?.state ?? wallet;
  }

  /** Writes both entries. */
  post(sender: WalletState, receiver: WalletState, pair: PairPosted): Posted {
    const from = this.#touch(sender);
    const to = this.#touch(receiver);
    from.state = evolve(sender, pair);
    from.delta -= pair.amount;
    from.entries += 1;
    if (from.delta < from.dip) from.dip = from.delta;
    to.state = evolve(receiver, pair);
    to.delta += pair.amount;
    to.entries += 1;
    return {
      type: 'POSTED',
      from,
      to,
      senderDelta: from.delta,
      senderEntries: from.entries,
      receiverDelta: to.delta,
      receiverEntries: to.entries,
    };
  }

  changeStatus(wallet: WalletState, change: StatusChanged): void {
    this.#touch(wallet).state = evolve(wallet, change);
  }

  #touch(wallet: WalletState): TouchedWallet {
    const { walletId } = wallet;
    let touched = this.touched.get(walletId);
    if (!touched) {
      touched = { statusBefore: wallet.status, state: wallet, delta: 0n, dip: 0n, entries: 0, place: 0 };
      this.touched.set(walletId, touched);
    }
    return touched;
  }
}
