import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import { type Answer, answerOf, notDone, outcomeUnknown } from '../answers.js';
import type { Command } from '../contract/commands.js';
import type { Database } from '../database.js';
import type { CommitCalls } from './commit-calls.js';
import type { CommitSurroundings } from './commit-surroundings.js';
import type { LedgerMemory, LedgerRead } from './ledger-memory.js';
import type { LockedWallets } from './locked-wallets.js';
import type { FailedOutcome } from './outcome.js';
import type { BatchPlan, PlannedCommand } from './plan/batch-plan.js';
import { readAnswers } from './recorded-answers.js';
import { LedgerWentBack, type SettledCall, settleCall } from './unknown-call.js';

/** How often a batch is decided again after a guard or a key stood in its way, before it is taken apart. */
const decideAgainMax = 8;
const storagePauseMs = 1_000;
/** After a call that came too late: time for the network, or the clocks, to settle. */
const tooLatePauseMs = 50;
/** What this engine knows of the database's clock differs from it by less: at midnight, or when a hold's time is over. */
const clockPauseMs = 5;
const warnEveryMs = 10_000;
/** Transactions and partitions that a line of the log names. */
const toldMax = 64;

/** A plan whose call failed. */
export interface FailedRound {
  readonly plan: BatchPlan;
  /** What is to be told to the next round about the ledger. */
  readonly read: LedgerRead;
  /** How often its commands were decided before. */
  readonly round: number;
}

/** What becomes of the commands of a call that failed. */
export type Next =
  | { next: 'DECIDE_AGAIN' }
  /** Some command keeps the batch from committing and nothing names it. It hears this when it stands alone. */
  | { next: 'TAKE_APART'; code: GiveUpCode }
  /** All are answered. */
  | { next: 'NOTHING' };

export type GiveUpCode = 'COMMAND_FAULT' | 'OVERLOADED';

const decideAgain: Next = { next: 'DECIDE_AGAIN' };

export interface FailedCallsParts {
  readonly workerId: string;
  readonly mailboxes: Mailboxes;
  readonly memory: LedgerMemory;
  readonly database: Database;
  readonly surroundings: CommitSurroundings;
  readonly calls: CommitCalls;
  readonly locked: LockedWallets;
  readonly log: Logger;
}

/** What a failed call leaves to be done before its commands are decided again. No other call is under way meanwhile. */
export class FailedCalls {
  #warnAgainAt = 0;

  constructor(private readonly parts: FailedCallsParts) {}

  async after(failure: FailedOutcome, { plan, read, round }: FailedRound): Promise<Next> {
    const { memory, database, log, mailboxes } = this.parts;
    switch (failure.outcome) {
      case 'FENCED':
        log.warn(this.#withEpochs(failure.partitions), 'a call was refused: partitions have new owners');
        this.parts.surroundings.fenced(failure.partitions);
        return decideAgain;
      case 'GUARD_FAILED':
        memory.readAgain(failure.ids.filter((id) => !plan.holds.has(id) && !plan.originals.has(id)));
        read.forgetHoldsAndOriginals();
        // Only the partition's owner changes a hold: what failed it is the time. By the other clock it is over, or not yet.
        if (failure.ids.some((id) => plan.holds.has(id))) await this.#clocksToAgree();
        return round < decideAgainMax ? decideAgain : { next: 'TAKE_APART', code: 'OVERLOADED' };
      case 'KEYS_KNOWN': {
        const known = new Set(failure.keyDigests);
        const asked = commandsOf(plan).filter(({ keyDigest }) => known.has(keyDigest));
        const { found, unreadable } = await this.untilItWorks(() => readAnswers(database, asked));
        for (const [keyDigest, answer] of found) read.answers.set(keyDigest, answer);
        for (const { pending } of plan.commands)
          if (unreadable.has(pending.command.keyDigest)) this.giveUp(pending, 'COMMAND_FAULT');
        return round < decideAgainMax ? decideAgain : { next: 'TAKE_APART', code: 'OVERLOADED' };
      }
      case 'LOCKED': {
        const walletIds = [...plan.touched.keys()];
        const locked = await this.untilItWorks(() => this.parts.locked.look(walletIds));
        if (locked.length > 0) {
          log.warn(
            { walletIds: locked.slice(0, 10), wallets: locked.length },
            'somebody holds wallets locked (pg_locks says who): their payments wait, the others go on',
          );
        }
        return decideAgain;
      }
      case 'TOO_LATE':
        this.#warnOfLateness();
        database.askTime();
        await sleep(tooLatePauseMs);
        return decideAgain;
      case 'ANOTHER_DAY':
        read.createdAtMs = failure.createdAtMs;
        await this.#clocksToAgree();
        return decideAgain;
      case 'SEND_AGAIN':
        return decideAgain;
      case 'NO_RESOURCES':
        log.error({ code: failure.code }, 'the database takes no writes: commands are refused until it does');
        mailboxes.pauseIntake(storagePauseMs);
        // A primary that became a standby takes no writes any more: the next connection may lead to its successor.
        database.dropCommitConnection();
        for (const { pending } of plan.commands) mailboxes.answer(pending, notDone('STORAGE_UNAVAILABLE'));
        await sleep(storagePauseMs / 2);
        return { next: 'NOTHING' };
      case 'UNKNOWN':
        await this.#settle(plan, read);
        return decideAgain;
      case 'BAD_DATA':
        return { next: 'TAKE_APART', code: 'COMMAND_FAULT' };
    }
  }

  giveUp(pending: PendingCommand, code: GiveUpCode): void {
    const { partition } = pending;
    const { type, keyDigest } = pending.command;
    const epoch = this.parts.surroundings.epochOf(partition);
    this.parts.log.error({ type, partition, epoch, keyDigest, code }, 'a command cannot be committed');
    this.parts.mailboxes.answer(pending, notDone(code));
  }

  async untilItWorks<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof LedgerWentBack) throw error;
        this.parts.log.warn({ err: error, attempt }, 'the database could not be asked; trying again');
        await sleep(Math.min(50 * 2 ** attempt, 1_000));
      }
    }
  }

  /** A call went out and nobody knows what became of it. It is never sent again as it is. */
  async #settle(plan: BatchPlan, read: LedgerRead): Promise<void> {
    const { database, workerId, calls, memory, log, mailboxes } = this.parts;
    const transactions = plan.transactions.length;
    const before = calls.batchSeq;
    log.warn(
      { batchSeq: before + 1, transactions, ...this.#told(plan) },
      'a call has an unknown outcome: it is looked for in the ledger',
    );
    database.dropCommitConnection();
    const commands = commandsOf(plan);
    const settled = await this.untilItWorks(() => settleCall(database, workerId, commands));
    const { held, batchSeq, found, unreadable } = settled;
    calls.stands(batchSeq);
    const own = batchSeq > before ? plan.commands.map((planned) => ownAnswer(planned, found, unreadable)) : [];
    const committed = own.length > 0 && !own.includes(undefined);
    memory.forgetWallets();
    read.forgetHoldsAndOriginals();
    for (const [keyDigest, answer] of found) read.answers.set(keyDigest, answer);
    this.parts.surroundings.epochsRaised(held);
    this.parts.surroundings.perhapsChanged(plan.touched.keys());
    log.info({ batchSeq, transactions, committed }, 'the unknown call is settled');
    // Its own answers, not replays. What is found under these keys may also be older, and another request's.
    if (!committed) return;
    for (const [i, { pending }] of plan.commands.entries()) mailboxes.answer(pending, own[i] as Answer);
  }

  /** What a plan is about, as far as a line of the log holds it. */
  #told({ transactions, commands }: BatchPlan) {
    const partitions = [...new Set(commands.map(({ pending }) => pending.partition))];
    return {
      transactionIds: transactions.slice(0, toldMax).map(({ transactionId }) => transactionId),
      ...this.#withEpochs(partitions.slice(0, toldMax)),
    };
  }

  /** By place: the epoch at which this engine held each. */
  #withEpochs(partitions: readonly number[]) {
    return { partitions, epochs: partitions.map((partition) => this.parts.surroundings.epochOf(partition) ?? null) };
  }

  async #clocksToAgree(): Promise<void> {
    this.parts.database.askTime();
    await sleep(clockPauseMs);
  }

  #warnOfLateness(): void {
    if (performance.now() < this.#warnAgainAt) return;
    this.#warnAgainAt = performance.now() + warnEveryMs;
    this.parts.log.warn(
      'calls reach the database too late to be committed: is the network slow, or was its clock set ahead?',
    );
  }
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
  return answerOf(answer, answer.transactions, false);
}
