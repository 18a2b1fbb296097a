import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import { notDone } from '../answers.js';
import type { CallPace } from './call-pace.js';
import type { CommitCalls, Committed, WrittenCall } from './commit-calls.js';
import type { CommitSurroundings } from './commit-surroundings.js';
import type { FailedCalls } from './failed-calls.js';
import { isNothing, type LedgerMemory, type LedgerRead, type Missing } from './ledger-memory.js';
import type { LockedWallets } from './locked-wallets.js';
import type { FailedOutcome } from './outcome.js';
import type { BatchPlan } from './plan/batch-plan.js';
import { planBatch } from './plan/planner.js';

/** Decided commands, and the call that commits them. Nothing of it is known to anybody before it is sent. */
export interface ReadyBatch {
  readonly commands: PendingCommand[];
  readonly plan: BatchPlan;
  readonly read: LedgerRead;
  /** null: there is nothing to commit. */
  readonly call: WrittenCall | null;
  /** When its commands were taken to be decided, and when the call was written: by `performance.now()`. */
  readonly madeFrom: number;
  readonly madeAt: number;
}

/** A batch whose call was sent. */
export interface Flight {
  readonly call: WrittenCall;
  readonly read: LedgerRead;
  readonly madeFrom: number;
  readonly madeAt: number;
  readonly sentAt: number;
  /** 0: under way. */
  overAt: number;
  readonly over: Promise<Committed | FailedOutcome>;
  /** null: under way. */
  outcome: Committed | FailedOutcome | null;
  /** What it changed is in memory. */
  installed: boolean;
}

export interface ReadyBatchesParts {
  readonly mailboxes: Mailboxes;
  readonly memory: LedgerMemory;
  readonly surroundings: CommitSurroundings;
  readonly calls: CommitCalls;
  readonly locked: LockedWallets;
  readonly failed: FailedCalls;
  readonly pace: Pick<CallPace, 'made'>;
  /** While the database is read, nobody waits for what is in the ledger already. */
  readonly tellCommitted: (flight: Flight | null) => void;
  readonly log: Logger;
}

/** Reads what commands need, decides them and writes the call. */
export class ReadyBatches {
  constructor(private readonly parts: ReadyBatchesParts) {}

  /**
   * Makes commands ready to be sent. null: none is left to be decided.
   *
   * Behind a call under way they are decided on what it will leave behind. What it changes is not read, so no refusal rests on
   * it; its keys are waited for; and when the ledger cannot be read just then, the commands go back to the mailboxes.
   */
  async make(commands: PendingCommand[], read: LedgerRead, before: Flight | null): Promise<ReadyBatch | null> {
    const { mailboxes, memory, surroundings, calls, locked, pace } = this.parts;
    let rest = commands;
    let startedAt: number;
    for (;;) {
      startedAt = performance.now();
      const missing = memory.missing(rest, read, before?.call.plan);
      const nothingMissing = isNothing(missing);
      const complete = nothingMissing || (await this.#read(missing, read, before));
      const open = rest.filter((pending) => this.#isToBeDecided(pending, read));
      rest = locked.setApart(open, ({ command }) => memory.hasAnswer(command, read));
      if (rest.length === 0) return null;
      if (before && (!complete || hasFailed(before))) {
        mailboxes.putBack(rest);
        return null;
      }
      // Since it was looked for, nothing else ran, and nothing does until the batch is decided and, with no call before it, sent:
      // what is in memory, ours and in time now is so then.
      if (nothingMissing) break;
    }
    const underWay = before?.installed === false ? before.call : null;
    const plan = planBatch(rest, underWay ? memory.viewBehind(underWay.plan, read) : memory.view(read));
    const epochs = new Map<number, number>();
    for (const { pending } of plan.commands) {
      epochs.set(pending.partition, surroundings.epochOf(pending.partition) as number);
    }
    const call = plan.commands.length > 0 ? calls.write(plan, epochs, underWay) : null;
    const madeAt = performance.now();
    pace.made(plan.transactions.length, madeAt - startedAt);
    return { commands: rest, plan, read, call, madeFrom: startedAt, madeAt };
  }

  #isToBeDecided(pending: PendingCommand, read: LedgerRead): boolean {
    const { mailboxes, memory, surroundings, failed } = this.parts;
    if (pending.waiting.length === 0) return false;
    if (surroundings.epochOf(pending.partition) === undefined) {
      mailboxes.answer(pending, notDone('NOT_OWNER'));
      return false;
    }
    // One that is in the ledger already is answered, however late; "certainly not done" would be a lie.
    if (pending.deadlineAt <= performance.now() && !memory.hasAnswer(pending.command, read)) {
      mailboxes.answer(pending, notDone('DEADLINE_EXCEEDED'));
      return false;
    }
    if (read.unreadable.size > 0 && memory.rowsOf(pending).some((walletId) => read.unreadable.has(walletId))) {
      failed.giveUp(pending, 'COMMAND_FAULT');
      return false;
    }
    return true;
  }

  /** False when the database could not be reached. */
  async #read(missing: Missing, read: LedgerRead, before: Flight | null): Promise<boolean> {
    const { memory, calls, log, tellCommitted } = this.parts;
    tellCommitted(null);
    const reading = memory.read(missing, read, calls.createdMaxMs());
    try {
      if (before) {
        await Promise.race([reading, before.over]);
        tellCommitted(before);
      }
      await reading;
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the ledger could not be read; trying again');
      await sleep(100);
      return false;
    }
  }
}

function hasFailed({ outcome }: Flight): boolean {
  return outcome !== null && outcome.outcome !== 'COMMITTED';
}

/** Waits for the call, until a command of what is ready behind it is out of time. */
export async function isOverInTime(flight: Flight, { plan }: ReadyBatch): Promise<boolean> {
  const waiting = [...plan.commands.map(({ pending }) => pending), ...plan.deferred];
  if (flight.outcome || waiting.length === 0) return true;
  const deadlineAt = Math.min(...waiting.map((pending) => pending.deadlineAt));
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<void>((over) => {
    timer = setTimeout(over, deadlineAt - performance.now());
  });
  await Promise.race([flight.over, outOfTime]);
  clearTimeout(timer);
  return flight.outcome !== null;
}
