import type { Command } from '../../contract/commands.js';
import type { WalletStatus } from '../../contract/wallet.js';
import type { FundsHeld, FundsReleased, LimitsChanged, PairPosted, StatusChanged } from '../../ledger/events.js';
import { evolve } from '../../ledger/evolve.js';
import type { HoldState } from '../../ledger/hold-state.js';
import type { Original } from '../../ledger/original.js';
import { isWithin, type WalletState } from '../../ledger/wallet-state.js';
import type { LedgerView } from './view.js';

/** A wallet that the batch changes. */
export interface TouchedWallet {
  readonly statusBefore: WalletStatus;
  state: WalletState;
  /** Net change of the balance and of what is held, so far. */
  delta: bigint;
  held: bigint;
  /** The deepest that what is available fell on the way (0 or below). */
  dip: bigint;
  entries: number;
  /** In the database call, from 1; 0 before it is written. */
  place: number;
  /** Net change of the day's counters, and the highest that they rose on the way (0 or above). */
  out: bigint;
  outPeak: bigint;
  in: bigint;
  /** The largest payment of an atomic batch that it sends. */
  largest: bigint;
  hasNewLimits: boolean;
}

/** A hold that the batch makes (`before` is null) or changes. */
export interface TouchedHold {
  readonly before: HoldState | null;
  state: HoldState;
}

/** A recorded transaction that the batch pays back. */
export interface TouchedOriginal {
  readonly before: Original;
  state: Original;
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

/** What the batch's commands leave behind. Nobody else sees it until the database has committed it. */
export class WorkingCopy {
  readonly touched = new Map<string, TouchedWallet>();
  readonly holds = new Map<string, TouchedHold>();
  readonly originals = new Map<string, TouchedOriginal>();

  constructor(private readonly view: LedgerView) {}

  /** One that is paid, or looked at by who may all. Funding wallets are the platform's own: to a caller they do not exist. */
  anyWallet(walletId: string | null): WalletState | undefined {
    const wallet = this.wallet(walletId as string);
    return wallet?.kind === 'USER' ? wallet : undefined;
  }

  /** One that the command's caller pays from, or brings money into: another service's does not exist, either. */
  ownWallet(walletId: string | null, { scope }: Command): WalletState | undefined {
    const wallet = this.anyWallet(walletId);
    return wallet && isWithin(scope, wallet) ? wallet : undefined;
  }

  /** Of a transaction that is recorded: a funding wallet, too. */
  wallet(walletId: string): WalletState | undefined {
    return this.touched.get(walletId)?.state ?? this.view.wallet(walletId);
  }

  fundingWallet(partition: number, currency: string): WalletState {
    const wallet = this.view.fundingWallet(partition, currency);
    return this.touched.get(wallet.walletId)?.state ?? wallet;
  }

  hold(holdId: string): HoldState | undefined {
    return this.holds.get(holdId)?.state ?? this.view.hold(holdId);
  }

  original(transactionId: string): Original | undefined {
    return this.originals.get(transactionId)?.state ?? this.view.original(transactionId);
  }

  /** Writes both entries. */
  post(sender: WalletState, receiver: WalletState, pair: PairPosted): Posted {
    const from = this.#touch(sender);
    const to = this.#touch(receiver);
    from.state = evolve(sender, pair);
    from.delta -= pair.amount;
    from.held -= pair.unheld;
    from.entries += 1;
    from.out += pair.countedOut;
    noteExtremes(from);
    to.state = evolve(receiver, pair);
    to.delta += pair.amount;
    to.entries += 1;
    to.in += pair.countedIn;
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

  /**
   * As `post`, of an atomic batch. Its senders may be other owners' wallets: what is known of their limits may be old, so that
   * the row has the last word.
   */
  postOfBatch(sender: WalletState, receiver: WalletState, pair: PairPosted): Posted {
    const posted = this.post(sender, receiver, pair);
    if (pair.amount > posted.from.largest) posted.from.largest = pair.amount;
    return posted;
  }

  setApart(payer: WalletState, held: FundsHeld): void {
    const from = this.#touch(payer);
    from.state = evolve(payer, held);
    from.held += held.amount;
    from.out += held.amount;
    noteExtremes(from);
  }

  giveBack(payer: WalletState, released: FundsReleased): void {
    const to = this.#touch(payer);
    to.state = evolve(payer, released);
    to.held -= released.amount;
    to.out += released.countedOut;
  }

  changeStatus(wallet: WalletState, change: StatusChanged): void {
    this.#touch(wallet).state = evolve(wallet, change);
  }

  changeLimits(wallet: WalletState, change: LimitsChanged): void {
    const touched = this.#touch(wallet);
    touched.state = evolve(wallet, change);
    touched.hasNewLimits = true;
  }

  makeHold(state: HoldState): void {
    this.holds.set(state.holdId, { before: null, state });
  }

  changeHold(before: HoldState, state: HoldState): void {
    const touched = this.holds.get(before.holdId);
    if (touched) touched.state = state;
    else this.holds.set(before.holdId, { before, state });
  }

  changeOriginal(before: Original, state: Original): void {
    const touched = this.originals.get(before.transactionId);
    if (touched) touched.state = state;
    else this.originals.set(before.transactionId, { before, state });
  }

  #touch(wallet: WalletState): TouchedWallet {
    const { walletId } = wallet;
    let touched = this.touched.get(walletId);
    if (!touched) {
      // Spelled out: object spread takes microseconds here, and makes objects that are slow ever after.
      touched = {
        statusBefore: wallet.status,
        state: wallet,
        delta: 0n,
        held: 0n,
        dip: 0n,
        entries: 0,
        place: 0,
        out: 0n,
        outPeak: 0n,
        in: 0n,
        largest: 0n,
        hasNewLimits: false,
      };
      this.touched.set(walletId, touched);
    }
    return touched;
  }
}

function noteExtremes(wallet: TouchedWallet): void {
  const available = wallet.delta - wallet.held;
  if (available < wallet.dip) wallet.dip = available;
  if (wallet.out > wallet.outPeak) wallet.outPeak = wallet.out;
}
