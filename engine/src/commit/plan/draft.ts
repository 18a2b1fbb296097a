import type { PendingCommand } from '../../actor/mailbox.js';
import { type Answer, type CommandOutcome, type LimitsOutcome, rejected } from '../../answers.js';
import type { Command } from '../../contract/commands.js';
import type { Digest } from '../../contract/digest.js';
import { utcDay } from '../../ledger/day.js';
import type { Refusal, Rejection } from '../../ledger/decide/refusal.js';
import type { BatchPlan, PlannedTransaction } from './batch-plan.js';
import type { LedgerView } from './view.js';
import { WorkingCopy } from './working-copy.js';

/** A batch plan in the making, and what every kind of command does to it: wait, be answered, be committed. */
export class Draft {
  readonly wallets: WorkingCopy;
  /** Keys that the plan's commands take. */
  readonly keys = new Set<Digest>();
  readonly plan: BatchPlan;
  #isFull = false;

  constructor(readonly view: LedgerView) {
    this.wallets = new WorkingCopy(view);
    this.plan = {
      commands: [],
      keys: this.keys,
      transactions: [],
      changes: [],
      tracedReversals: [],
      touched: this.wallets.touched,
      holds: this.wallets.holds,
      originals: this.wallets.originals,
      day: utcDay(view.nowMs),
      answered: [],
      deferred: [],
      toRead: new Set(),
      toLookUp: new Set(),
      faults: [],
    };
  }

  /** The command is answered by the commit, and its key names this outcome; its `count` transactions are added next. */
  commit(pending: PendingCommand, kind: CommandOutcome, outcomeId: string, count: number): void {
    this.keys.add(pending.command.keyDigest);
    this.plan.commands.push({ pending, first: this.plan.transactions.length, count, kind, outcomeId });
  }

  /** As `commit`, for a change of limits. Behind it come only those of other wallets: the call changes limits behind all payments. */
  commitLimits(pending: PendingCommand, changeId: string, limits: LimitsOutcome): void {
    this.keys.add(pending.command.keyDigest);
    const first = this.plan.transactions.length;
    this.plan.commands.push({ pending, first, count: 0, kind: 'CHANGE', outcomeId: changeId, limits });
    this.#isFull = true;
  }

  /** Is this not decided for this batch any more? */
  isFullFor(command: Command): boolean {
    if (!this.#isFull) return false;
    return command.type !== 'LIMITS_CHANGE' || this.plan.touched.get(command.walletId)?.hasNewLimits === true;
  }

  /** The command is answered without a commit. */
  answer(pending: PendingCommand, answer: Answer): void {
    this.plan.answered.push([pending, answer]);
  }

  /** The command is decided in a later batch, after these wallets have been read. */
  defer(pending: PendingCommand, toRead: readonly string[]): void {
    this.plan.deferred.push(pending);
    // Holds and originals are read for every batch.
    for (const id of toRead) if (!this.view.hold(id) && !this.view.original(id)) this.plan.toRead.add(id);
  }

  /**
   * A wallet is not at hand: there is none for this caller, or it has left the memory since it was read. One that is another's is
   * read first, as one that is not there is: else it would be told from it by how fast the answer comes.
   */
  missing(pending: PendingCommand, walletId: string, item?: number): void {
    const { absent, fresh } = this.view;
    if (!absent.has(walletId) && !(fresh.has(walletId) && this.view.wallet(walletId))) {
      return this.defer(pending, [walletId]);
    }
    const at = item === undefined ? {} : { item };
    this.answer(pending, rejected({ code: 'WALLET_NOT_FOUND', detail: `There is no wallet ${walletId}.`, ...at }));
  }

  /**
   * The command is rejected by what this row is. Nothing in the database stands behind that, so it may rest neither on hearsay nor on this
   * very batch; and no call looks for its key: an owner before may have done it, and the row is another one since.
   */
  reject(pending: PendingCommand, rowId: string, { code, reason }: Rejection): void {
    const { holds, originals, touched } = this.plan;
    const isSure = this.view.fresh.has(rowId) && !holds.has(rowId) && !originals.has(rowId) && !touched.has(rowId);
    const isLookedUp = this.view.isLookedUp(pending.command.keyDigest);
    if (isSure && isLookedUp) return this.answer(pending, rejected({ code, detail: reason }));
    if (!isLookedUp) this.plan.toLookUp.add(pending.command.keyDigest);
    this.defer(pending, [rowId]);
  }

  /** There is no such hold or transaction, or it was not looked for yet. */
  missingRow(pending: PendingCommand, id: string, code: 'HOLD_NOT_FOUND' | 'TRANSACTION_NOT_FOUND'): void {
    if (!this.view.absentRows.has(id)) return this.defer(pending, []);
    this.noSuchRow(pending, id, code);
  }

  /** There is none for this caller: it may be another service's. */
  noSuchRow(pending: PendingCommand, id: string, code: 'HOLD_NOT_FOUND' | 'TRANSACTION_NOT_FOUND'): void {
    const what = code === 'HOLD_NOT_FOUND' ? 'hold' : 'transaction';
    this.answer(pending, rejected({ code, detail: `There is no ${what} ${id}.` }));
  }

  /** Only its owner lowers a wallet. Sent to another partition, a command is a gateway's bug. */
  assertPartition(pending: PendingCommand, walletId: string): void {
    if (this.view.partitionOf(walletId) !== pending.partition) throw new Error('sent to the wrong partition');
  }

  restsOnHearsay(decision: object): decision is HearsayRefusal {
    const { type, restsOn } = decision as Refusal;
    return type === 'REFUSED' && restsOn.some((id) => !this.view.fresh.has(id));
  }

  /** One transaction under the command's key. */
  record(pending: PendingCommand, transaction: RecordedHere): void {
    const { command, partition } = pending;
    const { transactionId } = transaction;
    this.commit(pending, 'TRANSACTION', transactionId, 1);
    // Spelled out: object spread is several times slower, and so is all that reads what it makes.
    this.plan.transactions.push({
      transactionId,
      terms: transaction.terms,
      amount: transaction.amount,
      senderWalletId: transaction.senderWalletId,
      receiverWalletId: transaction.receiverWalletId,
      outcome: transaction.outcome,
      released: transaction.released,
      caller: command.caller,
      idempotencyKey: command.idempotencyKey,
      keyDigest: command.keyDigest,
      requestHash: command.requestHash,
      partition,
      initiatedAtMs: command.initiatedAtMs,
    });
  }
}

/** What a transaction does not take from its command. */
export type RecordedHere = Pick<
  PlannedTransaction,
  'transactionId' | 'terms' | 'amount' | 'senderWalletId' | 'receiverWalletId' | 'outcome' | 'released'
>;

/** Narrower than a refusal, so that a decision that rests on no hearsay may still be one. */
type HearsayRefusal = Refusal & { readonly restsOn: readonly [string, ...string[]] };
