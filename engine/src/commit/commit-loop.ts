import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import type { RecentAnswers } from '../actor/recent-answers.js';
import type { WalletCache } from '../actor/wallet-cache.js';
import type { Command } from '../contract/commands.js';
import type { Digest } from '../contract/digest.js';
import { batchCommandsMax } from '../contract/limits.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { type HeldPartition, readBatchSeq, settleWorker } from '../partition/ownership-store.js';
import { type AnswerText, batchRecorded, notDone, recorded, statusChanged } from './answers.js';
import { applyBatchCall } from './apply-batch.js';
import { type CommittedBatch, committedBatch } from './committed-batch.js';
import type { Database } from './database.js';
import { figuresOf } from './figures.js';
import { ensureFundingWallet, readAnswers, readWallets } from './ledger-reads.js';
import { classifyFailure, type FailedOutcome } from './outcome.js';
import { type BatchPlan, type PlannedCommand, planBatch } from './plan-batch.js';
import { TransactionIds } from './transaction-ids.js';

/** How often one call is sent again unchanged after a deadlock or a serialization failure. */
const sendAgainMax = 10;
/** How often a batch is decided again after a guard or a key stood in its way, before it is taken apart. */
const decideAgainMax = 8;
const storagePauseMs = 1_000;

/** What the loop needs to know of its surroundings, and tells them. */
export interface CommitSurroundings {
  /** The epoch at which this worker holds the partition, if it does. */
  epochOf(partition: number): number | undefined;
  /** Postgres refused a call: these partitions have new owners. */
  fenced(partitions: readonly number[]): void;
  /** After a call of unknown outcome: what this worker still holds, at new epochs. */
  settled(held: readonly HeldPartition[]): void;
  /** A batch is in the ledger. */
  committed(batch: CommittedBatch): void;
}

/** What one batch has read of the ledger: see `LedgerView`. */
interface WalletsRead {
  readonly fresh: Set<string>;
  readonly absent: Set<string>;
}

/**
 * The heart of a worker: one database call in flight at a time, and while it is, the next batch fills.
 *
 *   take → read what is missing → decide → call ─ committed ──────────→ install, answer
 *            ↑                                 ├ guard, key, fence ──→ decide the rest again
 *            └── deferred: refused on hearsay  ├ bad data ───────────→ halve, until the bad command stands alone
 *                                              └ unknown ────────────→ settle: fence ourselves off, look the keys up
 *
 * Nothing is installed or answered before the database has said that it is committed.
 */
export class CommitLoop {
  #batchSeq = 0;
  #deferred: PendingCommand[] = [];
  #toRead = new Set<string>();
  readonly #transactionIds = new TransactionIds();
  readonly #fundingWallets = new Map<string, WalletState>();
  /** Answers of the last commit, sent while the next call is under way. */
  #unsent: [PendingCommand, AnswerText][] = [];
  #stopping = false;

  constructor(
    private readonly workerId: string,
    private readonly partitionCount: number,
    private readonly mailboxes: Mailboxes,
    private readonly wallets: WalletCache,
    private readonly recent: RecentAnswers,
    private readonly database: Database,
    private readonly surroundings: CommitSurroundings,
    private readonly log: Logger,
  ) {}

  /** Runs until `stop`, and then until nothing is left to do. */
  async run(): Promise<void> {
    for (;;) {
      const commands = this.#deferred.splice(0);
      commands.push(...this.mailboxes.take(batchCommandsMax - weightOf(commands)));
      if (commands.length > 0) {
        await this.#decideAndCommit(commands);
        continue;
      }
      this.#sendAnswers();
      if (this.#stopping) return;
      await this.mailboxes.arrival();
    }
  }

  stop(): void {
    this.#stopping = true;
    this.mailboxes.wake();
  }

  async #decideAndCommit(commands: PendingCommand[]): Promise<void> {
    let rest = commands;
    const read: WalletsRead = { fresh: new Set(), absent: new Set() };
    for (let round = 0; ; round += 1) {
      rest = rest.filter((pending) => this.#isStillOurs(pending, round));
      if (rest.length === 0) return;
      if (!(await this.#readMissing(rest, read))) continue;

      const plan = planBatch(rest, this.#view(read));
      for (const [pending, answer] of plan.settled) this.mailboxes.settle(pending, answer);
      this.#deferred.push(...plan.deferred);
      for (const walletId of plan.toRead) this.#toRead.add(walletId);
      if (plan.commands.length === 0) return;

      const failure = await this.#call(plan);
      if (!failure) return;
      rest = plan.commands.map(({ pending }) => pending);
      if (await this.#recover(failure, plan, rest, round)) return;
    }
  }

  /** After a failed call. True when everything of it is answered or taken care of; else the rest is decided again. */
  async #recover(failure: FailedOutcome, plan: BatchPlan, rest: PendingCommand[], round: number): Promise<boolean> {
    switch (failure.outcome) {
      case 'FENCED':
        this.log.warn({ partitions: failure.partitions }, 'a call was refused: partitions have new owners');
        this.surroundings.fenced(failure.partitions);
        return false;
      case 'GUARD_FAILED':
        if (round >= decideAgainMax) break;
        for (const walletId of failure.walletIds) this.#toRead.add(walletId);
        return false;
      case 'DUPLICATE_KEY': {
        if (round >= decideAgainMax) break;
        const found = await this.#untilItWorks(() => readAnswers(this.database, digestsOf(plan)));
        for (const [digest, answer] of found) this.recent.remember(digest, answer);
        return false;
      }
      case 'SEND_AGAIN':
        return false;
      case 'NO_RESOURCES':
        this.log.error('the database has no disk, memory or connections left: commands are refused until it has');
        this.mailboxes.pauseIntake(storagePauseMs);
        for (const pending of rest) this.mailboxes.settle(pending, notDone('STORAGE_UNAVAILABLE'));
        await sleep(storagePauseMs / 2);
        return true;
      case 'UNKNOWN':
        await this.#settleUnknown(plan);
        return false;
      case 'BAD_DATA':
        break;
    }
    return this.#takeApart(rest);
  }

  /** Some command keeps the batch from committing and nothing names it: halves fail alone until it stands alone. */
  async #takeApart(rest: PendingCommand[]): Promise<true> {
    if (rest.length === 1) {
      const [pending] = rest as [PendingCommand];
      this.log.error(
        { command: pending.command },
        'the database refuses a command that its gateway should have caught',
      );
      this.mailboxes.settle(pending, notDone('COMMAND_FAULT'));
      return true;
    }
    const half = rest.length >> 1;
    await this.#decideAndCommit(rest.slice(0, half));
    await this.#decideAndCommit(rest.slice(half));
    return true;
  }

  #isStillOurs(pending: PendingCommand, round: number): boolean {
    if (pending.waiting.length === 0) return false;
    if (this.surroundings.epochOf(pending.partition) === undefined) {
      this.mailboxes.settle(pending, notDone('NOT_OWNER'));
      return false;
    }
    if (round > 0 && pending.deadlineAt <= performance.now()) {
      this.mailboxes.settle(pending, notDone('DEADLINE_EXCEEDED'));
      return false;
    }
    return true;
  }

  /**
   * Reads the wallets that are not in memory or were asked for again, while no call is in flight: what it finds is the
   * ledger's state, own commits included. False when the database could not be reached.
   */
  async #readMissing(commands: readonly PendingCommand[], { fresh, absent }: WalletsRead): Promise<boolean> {
    const missing = this.#toRead;
    const funding = new Map<string, [partition: number, currency: string]>();
    for (const { command, partition } of commands) {
      forEachWallet(command, (walletId) => {
        if (!this.wallets.get(walletId) && !absent.has(walletId)) missing.add(walletId);
      });
      if (command.type === 'TRANSFER' && command.kind !== 'PAYMENT') {
        const name = `${command.currency} ${partition}`;
        if (!this.#fundingWallets.has(name)) funding.set(name, [partition, command.currency]);
      }
    }
    if (missing.size === 0 && funding.size === 0) return true;
    this.#sendAnswers();
    try {
      if (missing.size > 0) {
        const walletIds = [...missing];
        const found = await readWallets(this.database, walletIds);
        for (const walletId of walletIds) absent.add(walletId);
        for (const wallet of found) {
          absent.delete(wallet.walletId);
          fresh.add(wallet.walletId);
          this.wallets.install(wallet);
        }
        this.#toRead = new Set();
      }
      for (const [name, [partition, currency]] of funding) {
        const wallet = await ensureFundingWallet(this.database, partition, this.partitionCount, currency);
        this.#fundingWallets.set(name, wallet);
      }
      return true;
    } catch (error) {
      this.log.warn({ err: error }, 'wallets could not be read; trying again');
      await sleep(100);
      return false;
    }
  }

  #view(read: WalletsRead) {
    return {
      ...read,
      wallet: (walletId: string) => this.wallets.get(walletId),
      fundingWallet: (partition: number, currency: string) =>
        this.#fundingWallets.get(`${currency} ${partition}`) as WalletState,
      knownAnswer: (digest: Digest) => this.recent.get(digest),
      mintTransactionId: () => this.#transactionIds.next(),
    };
  }

  /** Makes the one database call of a plan and, once it is committed, installs what it changed. */
  async #call(plan: BatchPlan): Promise<FailedOutcome | null> {
    const epochs = new Map<number, number>();
    for (const { pending } of plan.commands) {
      epochs.set(pending.partition, this.surroundings.epochOf(pending.partition) as number);
    }
    const position = { workerId: this.workerId, batchSeq: this.#batchSeq + 1, epochs, processingAtMs: Date.now() };
    const figures = figuresOf(plan.transactions);
    const call = applyBatchCall(plan, figures, position);
    for (let sent = 1; ; sent += 1) {
      const reply = this.database.commit<{ created_ms: string; latency: number[] }>(call);
      this.#sendAnswers();
      try {
        const { created_ms, latency } = await reply;
        this.#batchSeq = position.batchSeq;
        this.#install(plan, committedBatch(plan, position, figures, Number(created_ms), latency));
        return null;
      } catch (error) {
        const failure = classifyFailure(error);
        if (failure.outcome !== 'SEND_AGAIN' || sent > sendAgainMax) {
          this.log.debug({ err: error, ...failure }, 'a call failed');
          return failure;
        }
        await sleep(Math.random() * 5 * sent);
      }
    }
  }

  #install(plan: BatchPlan, batch: CommittedBatch): void {
    for (const [walletId, { state }] of plan.touched) {
      if (state.kind === 'USER') this.wallets.install(state);
      else this.#installFunding(walletId, state);
    }
    for (const [i, transaction] of plan.transactions.entries()) {
      const transactionText = batch.transactionTexts[i] as string;
      this.recent.remember(transaction.keyDigest, { requestHash: transaction.requestHash, transactionText });
    }
    for (const planned of plan.commands)
      this.#unsent.push([planned.pending, answerOf(planned, batch.transactionTexts)]);
    this.surroundings.committed(batch);
  }

  #installFunding(walletId: string, state: WalletState): void {
    for (const [name, wallet] of this.#fundingWallets) {
      if (wallet.walletId === walletId) this.#fundingWallets.set(name, state);
    }
  }

  /**
   * A call went out and nobody knows what became of it. It is never sent again as it is: the worker raises its own epochs,
   * which waits for the call to end and fences it off for good, and then reads in the ledger what it did.
   */
  async #settleUnknown(plan: BatchPlan): Promise<void> {
    this.log.warn(
      { batchSeq: this.#batchSeq + 1, transactions: plan.transactions.length },
      'a call has an unknown outcome',
    );
    this.database.dropCommitConnection();
    const { held, found } = await this.#untilItWorks(async () => {
      const settled = await settleWorker(this.database, this.workerId);
      this.#batchSeq = await readBatchSeq(this.database, this.workerId);
      return { held: settled, found: await readAnswers(this.database, digestsOf(plan)) };
    });
    this.wallets.clear();
    this.#fundingWallets.clear();
    this.surroundings.settled(held);
    for (const [digest, answer] of found) this.recent.remember(digest, answer);
    let committed = 0;
    for (const planned of plan.commands) {
      const texts = plan.transactions
        .slice(planned.first, planned.first + planned.count)
        .map((t) => found.get(t.keyDigest)?.transactionText);
      if (planned.count === 0 || texts.some((transactionText) => transactionText === undefined)) continue;
      this.mailboxes.settle(planned.pending, answerOf({ ...planned, first: 0 }, texts as string[]));
      committed += planned.count;
    }
    this.log.info({ batchSeq: this.#batchSeq, transactions: committed }, 'the unknown call is settled');
  }

  async #untilItWorks<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        this.log.warn({ err: error, attempt }, 'the database could not be asked; trying again');
        await sleep(Math.min(50 * 2 ** attempt, 1_000));
      }
    }
  }

  #sendAnswers(): void {
    for (const [pending, answer] of this.#unsent.splice(0)) this.mailboxes.settle(pending, answer);
  }
}

function answerOf({ pending, first, count }: PlannedCommand, transactionTexts: readonly string[]): AnswerText {
  if (pending.command.type === 'STATUS_CHANGE') return statusChanged;
  if (pending.command.type === 'TRANSFER') return recorded(transactionTexts[first] as string, false);
  return batchRecorded(transactionTexts.slice(first, first + count), false);
}

function forEachWallet(command: Command, visit: (walletId: string) => void): void {
  if (command.type === 'STATUS_CHANGE') return visit(command.walletId);
  for (const { senderWalletId, receiverWalletId } of command.type === 'ATOMIC_BATCH' ? command.payments : [command]) {
    if (senderWalletId !== null) visit(senderWalletId);
    if (receiverWalletId !== null) visit(receiverWalletId);
  }
}

function digestsOf(plan: BatchPlan): Digest[] {
  return plan.transactions.map((transaction) => transaction.keyDigest);
}

function weightOf(commands: readonly PendingCommand[]): number {
  let weight = 0;
  for (const pending of commands) weight += pending.weight;
  return weight;
}
