import type { PendingCommand } from '../../actor/mailbox.js';
import { type Answer, type CommandOutcome, rejected } from '../../answers.js';
import type { Digest } from '../../contract/digest.js';
import type { PairPosted, Refusal } from '../../ledger/decide.js';
import type { WalletState } from '../../ledger/wallet-state.js';
import type { BatchPlan } from './batch-plan.js';
import type { LedgerView } from './view.js';
import { WorkingCopy } from './working-copy.js';

/** A batch plan in the making, and what every kind of command does to it: wait, be answered, be committed. */
export class Draft {
  readonly wallets: WorkingCopy;
  /** Keys that the plan's commands take. */
  readonly keys = new Set<Digest>();
  readonly plan: BatchPlan;

  constructor(readonly view: LedgerView) {
    this.wallets = new WorkingCopy(view);
    this.plan = {
      commands: [],
      keys: this.keys,
      transactions: [],
      statusChanges: [],
      touched: this.wallets.touched,
      answered: [],
      deferred: [],
      toRead: new Set(),
      faults: [],
    };
  }

  /** The command is answered by the commit, and its key names this outcome; its `count` transactions are added next. */
  commit(pending: PendingCommand, kind: CommandOutcome, outcomeId: string, count: number): void {
    this.keys.add(pending.command.keyDigest);
    this.plan.commands.push({ pending, first: this.plan.transactions.length, count, kind, outcomeId });
  }

  /** The command is answered without a commit. */
  answer(pending: PendingCommand, answer: Answer): void {
    this.plan.answered.push([pending, answer]);
  }

  /** The command is decided in a later batch, after these wallets have been read. */
  defer(pending: PendingCommand, toRead: readonly string[]): void {
    this.plan.deferred.push(pending);
    for (const walletId of toRead) this.plan.toRead.add(walletId);
  }

  /** A wallet is not at hand: there is none for callers, or it has left the memory since it was read. */
  missing(pending: PendingCommand, walletId: string, item?: number): void {
    if (!this.view.absent.has(walletId) && this.view.wallet(walletId) === undefined) {
      return this.defer(pending, [walletId]);
    }
    const at = item === undefined ? {} : { item };
    this.answer(pending, rejected({ code: 'WALLET_NOT_FOUND', detail: `There is no wallet ${walletId}.`, ...at }));
  }

  /** Only its owner lowers a wallet. Sent to another partition, a command is a gateway's bug. */
  assertPartition(pending: PendingCommand, wallet: WalletState): void {
    if (this.view.partitionOf(wallet.walletId) !== pending.partition) throw new Error('sent to the wrong partition');
  }

  restsOnHearsay(decision: PairPosted | Refusal): decision is HearsayRefusal {
    return decision.type === 'REFUSED' && decision.restsOn.some((walletId) => !this.view.fresh.has(walletId));
  }
}

/** Narrower than a refusal, so that a decision that rests on no hearsay may still be one. */
type HearsayRefusal = Refusal & { readonly restsOn: readonly [string, ...string[]] };
