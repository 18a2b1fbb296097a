import type { PendingCommand } from '../actor/mailbox.js';
import {
  type AnswerText,
  batchRecorded,
  keyReused,
  notDone,
  type RecordedAnswer,
  recorded,
  refused,
  statusChanged,
} from '../answers.js';
import type { AtomicBatchCommand, StatusChangeCommand, TransferCommand, TransferKind } from '../contract/commands.js';
import { atomicItemKey, type Digest, keyDigest } from '../contract/digest.js';
import type { RefusalCode } from '../contract/rejection.js';
import type { WalletStatus } from '../contract/wallet.js';
import { decideStatusChange, decideTransfer, type PairPosted, type Refusal } from '../ledger/decide.js';
import { evolve } from '../ledger/evolve.js';
import type { WalletState } from '../ledger/wallet-state.js';

/** What planning reads. Every wallet and funding wallet the commands name has been looked for before. */
export interface LedgerView {
  wallet(walletId: string): WalletState | undefined;
  partitionOf(walletId: string): number | undefined;
  fundingWallet(partition: number, currency: string): WalletState;
  /** Wallets read for this batch, with no call in flight: a refusal may rest on them. */
  readonly fresh: ReadonlySet<string>;
  /** Ids that were looked for, for this batch, and have no wallet. One that is merely not in memory is not among them. */
  readonly absent: ReadonlySet<string>;
  knownAnswer(digest: Digest): RecordedAnswer | undefined;
  mintTransactionId(): string;
}

/** A wallet that the batch changes. */
export interface TouchedWallet {
  readonly statusBefore: WalletStatus;
  state: WalletState;
  /** Net change of the balance so far, and the lowest it was on the way (0 or below). */
  delta: bigint;
  dip: bigint;
  entries: number;
}

export interface PlannedTransaction {
  readonly transactionId: string;
  readonly kind: TransferKind;
  readonly caller: string;
  readonly idempotencyKey: string;
  readonly keyDigest: Digest;
  readonly requestHash: Digest;
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly reference: string | null;
  readonly description: string | null;
  readonly metadata: string | null;
  readonly partition: number;
  readonly initiatedAtMs: number;
  readonly outcome: Posted | Refusal<RefusalCode>;
}

/** The two entries: the wallets' running change and entry count with this transaction. */
interface Posted {
  readonly type: 'POSTED';
  readonly senderDelta: bigint;
  readonly senderEntries: number;
  readonly receiverDelta: bigint;
  readonly receiverEntries: number;
}

export interface PlannedStatusChange {
  readonly caller: string;
  readonly walletId: string;
  readonly from: WalletStatus;
  readonly to: WalletStatus;
  readonly reason: string | null;
}

/** A command that the batch answers once it is committed. Its transactions start at `first`. */
export interface PlannedCommand {
  readonly pending: PendingCommand;
  readonly first: number;
  readonly count: number;
}

export interface BatchPlan {
  readonly commands: PlannedCommand[];
  readonly transactions: PlannedTransaction[];
  readonly statusChanges: PlannedStatusChange[];
  readonly touched: Map<string, TouchedWallet>;
  /** Final without a commit. */
  readonly answered: [PendingCommand, AnswerText][];
  /** Would be refused on hearsay, or wait for the outcome of another command: to be decided after reading `toRead`. */
  readonly deferred: PendingCommand[];
  readonly toRead: Set<string>;
}

/**
 * Decides commands in order, each on the state that those before it leave behind, without changing anything: the working
 * copy lives in the plan until the database has committed it.
 */
export function planBatch(commands: readonly PendingCommand[], view: LedgerView): BatchPlan {
  const planner = new Planner(view);
  for (const pending of commands) planner.add(pending);
  return planner.plan;
}

class Planner {
  readonly plan: BatchPlan = {
    commands: [],
    transactions: [],
    statusChanges: [],
    touched: new Map(),
    answered: [],
    deferred: [],
    toRead: new Set(),
  };
  readonly #keys = new Set<Digest>();

  constructor(private readonly view: LedgerView) {}

  add(pending: PendingCommand): void {
    const { command } = pending;
    try {
      if (command.type === 'TRANSFER') this.#transfer(pending, command);
      else if (command.type === 'ATOMIC_BATCH') this.#atomicBatch(pending, command);
      else this.#statusChange(pending, command);
    } catch {
      // A command that breaks the rules' assumptions is a gateway's bug; it must not take the batch with it.
      this.plan.answered.push([pending, notDone('COMMAND_FAULT')]);
    }
  }

  #transfer(pending: PendingCommand, command: TransferCommand): void {
    const known = this.view.knownAnswer(command.keyDigest);
    if (known) {
      const same = known.requestHash === command.requestHash;
      this.plan.answered.push([pending, same ? recorded(known.transactionText, true) : keyReused]);
      return;
    }
    if (this.#keys.has(command.keyDigest)) return this.#defer(pending, []);
    const { kind, currency } = command;
    const { partition } = pending;
    const sender = kind === 'DEPOSIT' ? this.#funding(partition, currency) : this.#userWallet(command.senderWalletId);
    const receiver =
      kind === 'WITHDRAWAL' ? this.#funding(partition, currency) : this.#userWallet(command.receiverWalletId);
    if (!sender || !receiver) {
      return this.#missing(pending, (sender ? command.receiverWalletId : command.senderWalletId) as string);
    }
    this.#assertPartition(pending, kind === 'DEPOSIT' ? receiver : sender);
    const amount = BigInt(command.amount);
    const decision = decideTransfer(sender, receiver, { amount, currency });
    if (this.#restsOnHearsay(decision)) return this.#defer(pending, decision.restsOn);
    this.#keys.add(command.keyDigest);
    this.plan.commands.push({ pending, first: this.plan.transactions.length, count: 1 });
    this.plan.transactions.push({
      transactionId: this.view.mintTransactionId(),
      kind,
      caller: command.caller,
      idempotencyKey: command.idempotencyKey,
      keyDigest: command.keyDigest,
      requestHash: command.requestHash,
      senderWalletId: sender.walletId,
      receiverWalletId: receiver.walletId,
      amount,
      currency,
      reference: command.reference,
      description: command.description,
      metadata: command.metadata,
      partition,
      initiatedAtMs: command.initiatedAtMs,
      outcome: decision.type === 'REFUSED' ? decision : this.#post(sender, receiver, decision),
    });
  }

  #atomicBatch(pending: PendingCommand, command: AtomicBatchCommand): void {
    const digests = command.payments.map((_, i) => keyDigest(command.caller, atomicItemKey(command.idempotencyKey, i)));
    const knownTexts = this.#knownBatch(digests, command.requestHash);
    if (knownTexts) {
      this.plan.answered.push([pending, knownTexts === 'REUSED' ? keyReused : batchRecorded(knownTexts, true)]);
      return;
    }
    if (digests.some((digest) => this.#keys.has(digest))) return this.#defer(pending, []);

    const decisions: (PairPosted | Refusal<RefusalCode>)[] = [];
    const scratch = new Map<string, WalletState>();
    const hearsay: string[] = [];
    const [first] = command.payments;
    const firstSender = first && this.#userWallet(first.senderWalletId);
    if (firstSender) this.#assertPartition(pending, firstSender);
    for (const [item, payment] of command.payments.entries()) {
      const sender = scratch.get(payment.senderWalletId) ?? this.#userWallet(payment.senderWalletId);
      const receiver = scratch.get(payment.receiverWalletId) ?? this.#userWallet(payment.receiverWalletId);
      if (!sender || !receiver) {
        return this.#missing(pending, sender ? payment.receiverWalletId : payment.senderWalletId, item);
      }
      const decision = decideTransfer(sender, receiver, { amount: BigInt(payment.amount), currency: payment.currency });
      decisions.push(decision);
      if (this.#restsOnHearsay(decision)) hearsay.push(...decision.restsOn);
      if (decision.type === 'PAIR_POSTED') {
        scratch.set(sender.walletId, evolve(sender, decision));
        scratch.set(receiver.walletId, evolve(receiver, decision));
      }
    }
    if (hearsay.length > 0) return this.#defer(pending, hearsay);

    const succeeds = decisions.every((decision) => decision.type === 'PAIR_POSTED');
    this.plan.commands.push({ pending, first: this.plan.transactions.length, count: command.payments.length });
    for (const [item, payment] of command.payments.entries()) {
      const decision = decisions[item] as PairPosted | Refusal<RefusalCode>;
      const digest = digests[item] as Digest;
      this.#keys.add(digest);
      this.plan.transactions.push({
        transactionId: this.view.mintTransactionId(),
        kind: 'PAYMENT',
        caller: command.caller,
        idempotencyKey: atomicItemKey(command.idempotencyKey, item),
        keyDigest: digest,
        requestHash: command.requestHash,
        senderWalletId: payment.senderWalletId,
        receiverWalletId: payment.receiverWalletId,
        amount: BigInt(payment.amount),
        currency: payment.currency,
        reference: payment.reference,
        description: payment.description,
        metadata: payment.metadata,
        partition: pending.partition,
        initiatedAtMs: command.initiatedAtMs,
        outcome:
          decision.type === 'REFUSED'
            ? decision
            : succeeds
              ? this.#post(
                  this.#userWallet(payment.senderWalletId) as WalletState,
                  this.#userWallet(payment.receiverWalletId) as WalletState,
                  decision,
                )
              : batchRefused,
      });
    }
  }

  #statusChange(pending: PendingCommand, command: StatusChangeCommand): void {
    const wallet = this.#userWallet(command.walletId);
    if (!wallet) return this.#missing(pending, command.walletId);
    this.#assertPartition(pending, wallet);
    const decision = decideStatusChange(wallet, command.status);
    if (decision.type === 'REFUSED' || wallet.status === command.status) {
      // "No" and "already so" are answered without a commit: they may rest neither on hearsay nor on this very batch.
      if (!this.view.fresh.has(wallet.walletId) || this.plan.touched.has(wallet.walletId)) {
        return this.#defer(pending, [wallet.walletId]);
      }
      const no = decision.type === 'REFUSED' && refused({ code: decision.code, detail: decision.reason });
      this.plan.answered.push([pending, no || statusChanged]);
      return;
    }
    const touched = this.#touch(wallet);
    const { caller, walletId, reason } = command;
    this.plan.statusChanges.push({ caller, walletId, from: wallet.status, to: command.status, reason });
    touched.state = evolve(wallet, decision);
    this.plan.commands.push({ pending, first: 0, count: 0 });
  }

  /** Writes both entries into the working copy. */
  #post(sender: WalletState, receiver: WalletState, pair: PairPosted): Posted {
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
      senderDelta: from.delta,
      senderEntries: from.entries,
      receiverDelta: to.delta,
      receiverEntries: to.entries,
    };
  }

  #touch(wallet: WalletState): TouchedWallet {
    const { walletId } = wallet;
    let touched = this.plan.touched.get(walletId);
    if (!touched) {
      touched = { statusBefore: wallet.status, state: wallet, delta: 0n, dip: 0n, entries: 0 };
      this.plan.touched.set(walletId, touched);
    }
    return touched;
  }

  /** Funding wallets are the platform's own: to a caller they do not exist. */
  #userWallet(walletId: string | null): WalletState | undefined {
    const wallet = this.plan.touched.get(walletId as string)?.state ?? this.view.wallet(walletId as string);
    return wallet?.kind === 'USER' ? wallet : undefined;
  }

  #funding(partition: number, currency: string): WalletState {
    const wallet = this.view.fundingWallet(partition, currency);
    return this.plan.touched.get(wallet.walletId)?.state ?? wallet;
  }

  /** Only its owner lowers a wallet. Sent to another partition, a command is a gateway's bug. */
  #assertPartition(pending: PendingCommand, wallet: WalletState): void {
    if (this.view.partitionOf(wallet.walletId) !== pending.partition) throw new Error('sent to the wrong partition');
  }

  #restsOnHearsay(decision: PairPosted | Refusal<RefusalCode>): decision is HearsayRefusal {
    return decision.type === 'REFUSED' && decision.restsOn.some((walletId) => !this.view.fresh.has(walletId));
  }

  #knownBatch(digests: readonly Digest[], requestHash: Digest): string[] | 'REUSED' | undefined {
    const answers = digests.map((digest) => this.view.knownAnswer(digest)).filter((known) => known !== undefined);
    if (answers.some((known) => known.requestHash !== requestHash)) return 'REUSED';
    return answers.length === digests.length ? answers.map((known) => known.transactionText) : undefined;
  }

  /** A wallet is not at hand: there is none for callers, or it has left the memory since it was read. */
  #missing(pending: PendingCommand, walletId: string, item?: number): void {
    if (!this.view.absent.has(walletId) && this.view.wallet(walletId) === undefined) {
      return this.#defer(pending, [walletId]);
    }
    const at = item === undefined ? {} : { item };
    const text = refused({ code: 'WALLET_NOT_FOUND', detail: `There is no wallet ${walletId}.`, ...at });
    this.plan.answered.push([pending, text]);
  }

  #defer(pending: PendingCommand, toRead: readonly string[]): void {
    this.plan.deferred.push(pending);
    for (const walletId of toRead) this.plan.toRead.add(walletId);
  }
}

/** Narrower than a refusal, so that a decision that rests on no hearsay may still be one. */
type HearsayRefusal = Refusal<RefusalCode> & { readonly restsOn: readonly [string, ...string[]] };

const batchRefused: Refusal<RefusalCode> = {
  type: 'REFUSED',
  code: 'BATCH_REFUSED',
  reason: 'Another payment of the same atomic batch was refused.',
  restsOn: [],
};
