import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import { type Answer, answerOf, notDone, outcomeUnknown } from '../answers.js';
import type { Command } from '../contract/commands.js';
import { batchCommandsMax, callNotAfterMs, writtenAheadMaxMs } from '../contract/limits.js';
import type { Database } from '../database.js';
import type { HeldPartition } from '../partition/ownership-store.js';
import { applyBatchCall, sentAgain } from './apply-batch.js';
import { type CommittedBatch, committedBatch } from './committed-batch.js';
import { figuresOf } from './figures.js';
import { type LedgerMemory, LedgerRead } from './ledger-memory.js';
import { readLockedWallets } from './ledger-reads.js';
import { LockedWallets } from './locked-wallets.js';
import { classifyFailure, type FailedOutcome } from './outcome.js';
import type { BatchPlan, CommandFault, PlannedCommand } from './plan/batch-plan.js';
import { planBatch } from './plan/planner.js';
import { readAnswers } from './recorded-answers.js';
import { LedgerWentBack, type SettledCall, settleCall } from './unknown-call.js';

/** How often one call is sent again unchanged after a deadlock or a serialization failure. */
const sendAgainMax = 10;
/** How often a batch is decided again after a guard or a key stood in its way, before it is taken apart. */
const decideAgainMax = 8;
const storagePauseMs = 1_000;
/** After a call that came too late: time for the network, or the clocks, to settle. */
const tooLatePauseMs = 50;
const warnEveryMs = 10_000;

/** What the loop needs to know of its surroundings, and tells them. */
export interface CommitSurroundings {
  /** The epoch at which this engine holds the partition, if it does. */
  epochOf(partition: number): number | undefined;
  /** Postgres refused a call: these partitions have new owners. */
  fenced(partitions: readonly number[]): void;
  /** To settle a call of unknown outcome: what this engine still holds, at new epochs. */
  epochsRaised(held: readonly HeldPartition[]): void;
  /** A batch is in the ledger. */
  committed(batch: CommittedBatch): void;
}

/**
 * The heart of an engine: one database call in flight at a time, and while it is, the next batch fills.
 *
 *   take → read what is missing → decide → call ─ committed ──────────→ install, answer
 *            ↑                                 ├ guard, key, fence ──→ decide the rest again
 *            ├── apart: needs a locked row     ├ locked ─────────────→ set apart what needs those rows, decide the rest again
 *            └── deferred: refused on hearsay  ├ bad data ───────────→ halve, until the bad command stands alone
 *                                              └ unknown ────────────→ settle: fence ourselves off, look the keys up
 *
 * Nothing is installed or answered before the database has said that it is committed.
 */
export class CommitLoop {
  #batchSeq = 0;
  #deferred: PendingCommand[] = [];
  /** Answers of the last commit, sent while the next call is under way. */
  #unsent: [PendingCommand, Answer][] = [];
  #stopping = false;
  #warnAgainAt = 0;
  readonly #locked: LockedWallets;

  constructor(
    private readonly workerId: string,
    private readonly mailboxes: Mailboxes,
    private readonly memory: LedgerMemory,
    private readonly database: Database,
    private readonly surroundings: CommitSurroundings,
    private readonly log: Logger,
  ) {
    this.#locked = new LockedWallets(
      (pending) => memory.rowsOf(pending),
      (walletIds) => readLockedWallets(database, walletIds),
    );
  }

  /** Runs until `stop`, and then until nothing is left to do. */
  async run(): Promise<void> {
    for (;;) {
      const commands = this.#deferred.splice(0);
      if (this.#locked.waiting) {
        const room = batchCommandsMax - totalWeight(commands);
        commands.push(...(await this.#untilItWorks(() => this.#locked.released(room))));
      }
      commands.push(...this.mailboxes.take(batchCommandsMax - totalWeight(commands)));
      if (commands.length > 0) {
        await this.#decideAndCommit(commands);
        continue;
      }
      this.#sendAnswers();
      if (this.#locked.waiting) this.#locked.wakeLater(() => this.mailboxes.wake());
      else if (this.#stopping) return;
      await this.mailboxes.arrival();
    }
  }

  stop(): void {
    this.#stopping = true;
    this.mailboxes.wake();
  }

  async #decideAndCommit(commands: PendingCommand[]): Promise<void> {
    let rest = commands;
    const read = new LedgerRead();
    for (let round = 0; ; round += 1) {
      const complete = await this.#readMissing(rest, read);
      // From here to the call nothing else runs: what is still ours and in time now is so when the call is made.
      const open = rest.filter((pending) => this.#isToBeDecided(pending, read));
      rest = this.#locked.setApart(open, ({ command }) => this.memory.hasAnswer(command, read));
      if (rest.length === 0) return;
      if (!complete) continue;

      const plan = planBatch(rest, this.memory.view(read));
      for (const fault of plan.faults) this.#tellFault(fault);
      for (const [pending, answer] of plan.answered) this.mailboxes.answer(pending, answer);
      this.#deferred.push(...plan.deferred);
      this.memory.readAgain(plan.toRead);
      if (plan.commands.length === 0) return;

      const failure = await this.#call(plan);
      if (!failure) return;
      rest = plan.commands.map(({ pending }) => pending);
      if (await this.#recover(failure, { plan, rest, read, round })) return;
    }
  }

  /** After a failed call. True when everything of it is answered or taken care of; else the rest is decided again. */
  async #recover(failure: FailedOutcome, { plan, rest, read, round }: FailedRound): Promise<boolean> {
    switch (failure.outcome) {
      case 'FENCED':
        this.log.warn({ partitions: failure.partitions }, 'a call was refused: partitions have new owners');
        this.surroundings.fenced(failure.partitions);
        return false;
      case 'GUARD_FAILED':
        this.memory.readAgain(failure.walletIds);
        if (round < decideAgainMax) return false;
        return this.#takeApart(rest, 'OVERLOADED');
      case 'KEYS_KNOWN': {
        const known = new Set(failure.keyDigests);
        const asked = commandsOf(plan).filter(({ keyDigest }) => known.has(keyDigest));
        const { found, unreadable } = await this.#untilItWorks(() => readAnswers(this.database, asked));
        for (const [keyDigest, answer] of found) read.answers.set(keyDigest, answer);
        for (const pending of rest)
          if (unreadable.has(pending.command.keyDigest)) this.#giveUp(pending, 'COMMAND_FAULT');
        if (round < decideAgainMax) return false;
        return this.#takeApart(rest, 'OVERLOADED');
      }
      case 'LOCKED': {
        const walletIds = [...plan.touched.keys()];
        const locked = await this.#untilItWorks(() => this.#locked.look(walletIds));
        if (locked.length > 0) {
          this.log.warn(
            { walletIds: locked.slice(0, 10), wallets: locked.length },
            'somebody holds wallets locked (pg_locks says who): their payments wait, the others go on',
          );
        }
        return false;
      }
      case 'TOO_LATE':
        this.#warnOfLateness();
        this.database.askTime();
        await sleep(tooLatePauseMs);
        return false;
      case 'SEND_AGAIN':
        return false;
      case 'NO_RESOURCES':
        this.log.error({ code: failure.code }, 'the database takes no writes: commands are refused until it does');
        this.mailboxes.pauseIntake(storagePauseMs);
        // A primary that became a standby takes no writes any more: the next connection may lead to its successor.
        this.database.dropCommitConnection();
        for (const pending of rest) this.mailboxes.answer(pending, notDone('STORAGE_UNAVAILABLE'));
        await sleep(storagePauseMs / 2);
        return true;
      case 'UNKNOWN':
        await this.#settleUnknown(plan, read);
        return false;
      case 'BAD_DATA':
        return this.#takeApart(rest, 'COMMAND_FAULT');
    }
  }

  /** Some command keeps the batch from committing and nothing names it: halves fail alone until it stands alone. */
  async #takeApart(rest: PendingCommand[], code: 'COMMAND_FAULT' | 'OVERLOADED'): Promise<true> {
    if (rest.length === 1) {
      this.#giveUp(rest[0] as PendingCommand, code);
      return true;
    }
    const half = rest.length >> 1;
    await this.#decideAndCommit(rest.slice(0, half));
    await this.#decideAndCommit(rest.slice(half));
    return true;
  }

  #giveUp(pending: PendingCommand, code: 'COMMAND_FAULT' | 'OVERLOADED'): void {
    const { type, keyDigest } = pending.command;
    this.log.error({ type, partition: pending.partition, keyDigest, code }, 'a command cannot be committed');
    this.mailboxes.answer(pending, notDone(code));
  }

  /** Its caller hears COMMAND_FAULT; what went wrong is for us to mend. The command itself may hold what is nobody's business. */
  #tellFault({ pending: { command, partition }, error }: CommandFault): void {
    const { type, keyDigest } = command;
    this.log.error({ err: error, type, partition, keyDigest }, 'a bug: a command could not be decided');
  }

  #isToBeDecided(pending: PendingCommand, read: LedgerRead): boolean {
    if (pending.waiting.length === 0) return false;
    if (this.surroundings.epochOf(pending.partition) === undefined) {
      this.mailboxes.answer(pending, notDone('NOT_OWNER'));
      return false;
    }
    // One that is in the ledger already is answered, however late; "certainly not done" would be a lie.
    if (pending.deadlineAt <= performance.now() && !this.memory.hasAnswer(pending.command, read)) {
      this.mailboxes.answer(pending, notDone('DEADLINE_EXCEEDED'));
      return false;
    }
    if (read.unreadable.size > 0 && this.memory.rowsOf(pending).some((walletId) => read.unreadable.has(walletId))) {
      this.#giveUp(pending, 'COMMAND_FAULT');
      return false;
    }
    return true;
  }

  /** False when the database could not be reached. */
  async #readMissing(commands: readonly PendingCommand[], read: LedgerRead): Promise<boolean> {
    const missing = this.memory.missing(commands, read);
    if (missing.walletIds.length === 0 && missing.funding.length === 0) return true;
    this.#sendAnswers();
    try {
      await this.memory.read(missing, read, this.#createdMaxMs());
      return true;
    } catch (error) {
      this.log.warn({ err: error }, 'wallets could not be read; trying again');
      await sleep(100);
      return false;
    }
  }

  /** Makes the one database call of a plan and, once it is committed, installs what it changed. */
  async #call(plan: BatchPlan): Promise<FailedOutcome | null> {
    const epochs = new Map<number, number>();
    for (const { pending } of plan.commands) {
      epochs.set(pending.partition, this.surroundings.epochOf(pending.partition) as number);
    }
    const position = {
      ...{ workerId: this.workerId, batchSeq: this.#batchSeq + 1, epochs, processingAtMs: this.database.nowMs() },
      ...this.#bounds(),
    };
    const figures = figuresOf(plan.transactions);
    let call = applyBatchCall(plan, figures, position);
    for (let sent = 1; ; sent += 1) {
      if (sent > 1) call = sentAgain(call, this.#bounds());
      const reply = this.database.commit<{ created_ms: string; latency: number[] }>(call);
      this.#sendAnswers();
      try {
        const { created_ms, latency } = await reply;
        this.#batchSeq = position.batchSeq;
        this.#install(plan, committedBatch(plan, position, figures, Number(created_ms), latency));
        return null;
      } catch (error) {
        const failure = classifyFailure(error);
        if (failure.outcome !== 'SEND_AGAIN' || sent > sendAgainMax || isLate(plan)) {
          this.log.debug({ err: error, ...failure }, 'a call failed');
          return failure;
        }
        await sleep(Math.random() * 5 * sent);
      }
    }
  }

  #install(plan: BatchPlan, batch: CommittedBatch): void {
    this.memory.install(plan, batch.transactions);
    for (const { pending, kind, first, count } of plan.commands) {
      this.#unsent.push([pending, answerOf(kind, batch.transactions.slice(first, first + count), false)]);
    }
    this.surroundings.committed(batch);
  }

  /** A call went out and nobody knows what became of it. It is never sent again as it is. */
  async #settleUnknown(plan: BatchPlan, read: LedgerRead): Promise<void> {
    const transactions = plan.transactions.length;
    this.log.warn({ batchSeq: this.#batchSeq + 1, transactions }, 'a call has an unknown outcome');
    this.database.dropCommitConnection();
    const commands = commandsOf(plan);
    const settled = await this.#untilItWorks(() => settleCall(this.database, this.workerId, commands));
    const { held, batchSeq, found, unreadable } = settled;
    // Memory and answers would vouch for payments that the ledger has lost.
    if (batchSeq < this.#batchSeq) throw new LedgerWentBack(`from batch ${this.#batchSeq} to ${batchSeq}`);
    const own = batchSeq > this.#batchSeq ? plan.commands.map((planned) => ownAnswer(planned, found, unreadable)) : [];
    const committed = own.length > 0 && !own.includes(undefined);
    this.#batchSeq = batchSeq;
    this.memory.forgetWallets();
    for (const [keyDigest, answer] of found) read.answers.set(keyDigest, answer);
    this.surroundings.epochsRaised(held);
    this.log.info({ batchSeq, transactions, committed }, 'the unknown call is settled');
    // Its own answers, not replays. What is found under these keys may also be older, and another request's.
    if (!committed) return;
    for (const [i, { pending }] of plan.commands.entries()) this.mailboxes.answer(pending, own[i] as Answer);
  }

  #warnOfLateness(): void {
    if (performance.now() < this.#warnAgainAt) return;
    this.#warnAgainAt = performance.now() + warnEveryMs;
    this.log.warn(
      'calls reach the database too late to be committed: is the network slow, or was its clock set ahead?',
    );
  }

  /** Of a call that is sent now, by the database's clock: the latest time at which it commits, and the latest that it writes. */
  #bounds(): { notAfterMs: number; createdMaxMs: number } {
    return { notAfterMs: this.database.latestMs() + callNotAfterMs, createdMaxMs: this.#createdMaxMs() };
  }

  #createdMaxMs(): number {
    return this.database.nowMs() + writtenAheadMaxMs;
  }

  async #untilItWorks<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof LedgerWentBack) throw error;
        this.log.warn({ err: error, attempt }, 'the database could not be asked; trying again');
        await sleep(Math.min(50 * 2 ** attempt, 1_000));
      }
    }
  }

  #sendAnswers(): void {
    for (const [pending, answer] of this.#unsent.splice(0)) this.mailboxes.answer(pending, answer);
  }
}

/** A plan whose call failed. */
interface FailedRound {
  readonly plan: BatchPlan;
  readonly rest: PendingCommand[];
  readonly read: LedgerRead;
  readonly round: number;
}

/** Some command of the plan is out of time: the call is not sent once more. */
function isLate(plan: BatchPlan): boolean {
  const now = performance.now();
  return plan.commands.some(({ pending }) => pending.deadlineAt <= now);
}

function commandsOf(plan: BatchPlan): Command[] {
  return plan.commands.map(({ pending }) => pending.command);
}

/** The answer of a command that this very plan committed; undefined: its key names nothing, or something else. */
function ownAnswer(
  { pending, kind, outcomeId }: PlannedCommand,
  found: SettledCall['found'],
  unreadable: SettledCall['unreadable'],
): Answer | undefined {
  if (unreadable.has(pending.command.keyDigest)) return outcomeUnknown;
  const answer = found.get(pending.command.keyDigest);
  if (!answer || answer.kind !== kind || answer.outcomeId !== outcomeId) return undefined;
  return answerOf(kind, answer.transactions, false);
}

function totalWeight(commands: readonly PendingCommand[]): number {
  let weight = 0;
  for (const pending of commands) weight += pending.weight;
  return weight;
}
