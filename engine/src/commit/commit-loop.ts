import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import { answerOf, notDone } from '../answers.js';
import { batchCommandsMax } from '../contract/limits.js';
import type { Database } from '../database.js';
import { CommitCalls, type Committed, type WrittenCall } from './commit-calls.js';
import type { CommitSurroundings } from './commit-surroundings.js';
import { type CommittedBatch, committedBatch } from './committed-batch.js';
import { FailedCalls, type GiveUpCode } from './failed-calls.js';
import { type LedgerMemory, LedgerRead } from './ledger-memory.js';
import { readLockedWallets } from './ledger-reads.js';
import { LockedWallets } from './locked-wallets.js';
import type { BatchPlan, CommandFault } from './plan/batch-plan.js';
import { planBatch } from './plan/planner.js';

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
  #deferred: PendingCommand[] = [];
  /** Batches in the ledger and in memory, told while the next call is under way. */
  #untold: CommittedBatch[] = [];
  #stopping = false;
  readonly #locked: LockedWallets;
  readonly #calls: CommitCalls;
  readonly #failed: FailedCalls;

  constructor(
    workerId: string,
    private readonly mailboxes: Mailboxes,
    private readonly memory: LedgerMemory,
    database: Database,
    private readonly surroundings: CommitSurroundings,
    private readonly log: Logger,
  ) {
    this.#locked = new LockedWallets(
      (pending) => memory.rowsOf(pending),
      (walletIds) => readLockedWallets(database, walletIds),
    );
    this.#calls = new CommitCalls(workerId, database, log);
    this.#failed = new FailedCalls({
      ...{ workerId, mailboxes, memory, database, surroundings, log },
      ...{ calls: this.#calls, locked: this.#locked },
    });
  }

  /** Runs until `stop`, and then until nothing is left to do. */
  async run(): Promise<void> {
    for (;;) {
      const commands = await this.#take();
      if (commands.length > 0) {
        await this.#decideAndCommit(commands);
        continue;
      }
      this.#tellCommitted();
      if (this.#locked.waiting) this.#locked.wakeLater(() => this.mailboxes.wake());
      else if (this.#stopping) return;
      await this.mailboxes.arrival();
    }
  }

  stop(): void {
    this.#stopping = true;
    this.mailboxes.wake();
  }

  async #take(): Promise<PendingCommand[]> {
    const commands = this.#deferred.splice(0);
    if (this.#locked.waiting) {
      const room = batchCommandsMax - totalWeight(commands);
      commands.push(...(await this.#failed.untilItWorks(() => this.#locked.released(room))));
    }
    commands.push(...this.mailboxes.take(batchCommandsMax - totalWeight(commands)));
    return commands;
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

      const call = this.#calls.write(plan, this.#epochsOf(plan));
      const sent = this.#calls.send(call);
      this.#tellCommitted();
      const outcome = await sent;
      if (outcome.outcome === 'COMMITTED') return this.#install(call, outcome);
      rest = plan.commands.map(({ pending }) => pending);
      const after = await this.#failed.after(outcome, { plan, read, round });
      if (after.next === 'TAKE_APART') return this.#takeApart(rest, after.code);
      if (after.next === 'NOTHING') return;
    }
  }

  /** Some command keeps the batch from committing and nothing names it: halves fail alone until it stands alone. */
  async #takeApart(rest: PendingCommand[], code: GiveUpCode): Promise<void> {
    if (rest.length === 1) return this.#failed.giveUp(rest[0] as PendingCommand, code);
    const half = rest.length >> 1;
    await this.#decideAndCommit(rest.slice(0, half));
    await this.#decideAndCommit(rest.slice(half));
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
      this.#failed.giveUp(pending, 'COMMAND_FAULT');
      return false;
    }
    return true;
  }

  /** False when the database could not be reached. */
  async #readMissing(commands: readonly PendingCommand[], read: LedgerRead): Promise<boolean> {
    const missing = this.memory.missing(commands, read);
    if (missing.walletIds.length === 0 && missing.funding.length === 0) return true;
    this.#tellCommitted();
    try {
      await this.memory.read(missing, read, this.#calls.createdMaxMs());
      return true;
    } catch (error) {
      this.log.warn({ err: error }, 'wallets could not be read; trying again');
      await sleep(100);
      return false;
    }
  }

  #epochsOf(plan: BatchPlan): Map<number, number> {
    const epochs = new Map<number, number>();
    for (const { pending } of plan.commands) {
      epochs.set(pending.partition, this.surroundings.epochOf(pending.partition) as number);
    }
    return epochs;
  }

  #install({ plan, position, figures }: WrittenCall, { createdAtMs, latency }: Committed): void {
    const batch = committedBatch(plan, position, figures, createdAtMs, latency);
    this.memory.install(plan, batch.transactions);
    this.#untold.push(batch);
  }

  /** Callers first: what they wait for and what others hear leaves in one write. */
  #tellCommitted(): void {
    for (const batch of this.#untold.splice(0)) {
      for (const { pending, kind, first, count } of batch.plan.commands) {
        this.mailboxes.answer(pending, answerOf(kind, batch.transactions.slice(first, first + count), false));
      }
      this.surroundings.committed(batch);
    }
  }
}

function totalWeight(commands: readonly PendingCommand[]): number {
  let weight = 0;
  for (const pending of commands) weight += pending.weight;
  return weight;
}
