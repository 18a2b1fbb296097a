import type { Logger } from 'pino';
import type { Mailboxes, PendingCommand } from '../actor/mailbox.js';
import { answerOf } from '../answers.js';
import { batchCommandsMax } from '../contract/limits.js';
import type { Database } from '../database.js';
import type { Traces } from '../tracing/traces.js';
import type { CallPace } from './call-pace.js';
import { CommitCalls, type Committed } from './commit-calls.js';
import type { CommitSurroundings } from './commit-surroundings.js';
import { type CommittedBatch, committedBatch } from './committed-batch.js';
import { FailedCalls, type GiveUpCode } from './failed-calls.js';
import { type LedgerMemory, LedgerRead } from './ledger-memory.js';
import { readLockedWallets } from './ledger-reads.js';
import { LockedWallets } from './locked-wallets.js';
import type { FailedOutcome } from './outcome.js';
import type { CommandFault } from './plan/batch-plan.js';
import { type Flight, isOverInTime, type ReadyBatch, ReadyBatches } from './ready-batches.js';

export interface CommitLoopParts {
  readonly workerId: string;
  readonly mailboxes: Mailboxes;
  readonly memory: LedgerMemory;
  readonly database: Database;
  readonly surroundings: CommitSurroundings;
  readonly pace: Pick<CallPace, keyof CallPace>;
  /** null: nothing is traced. */
  readonly traces?: Pick<Traces, 'committed'> | null;
  readonly log: Logger;
}

/**
 * The heart of an engine: one database call in flight at a time. While it is, the next batch fills, and behind a long call it
 * is decided and written, to be sent the moment the call is committed.
 *
 *   take → read what is missing → decide → call ─ committed ──────────→ send what is ready; install, answer
 *            ↑                                 ├ guard, key, fence ──→ decide the rest again
 *            ├── apart: needs a locked row     ├ locked ─────────────→ set apart what needs those rows, decide the rest again
 *            ├── deferred: refused on hearsay  ├ bad data ───────────→ halve, until the bad command stands alone
 *            └── put back: was ready behind    └ unknown ────────────→ settle: fence ourselves off, look the keys up
 *                a call that failed
 *
 * Nothing is installed or answered before the database has said that it is committed. What was ready behind a call that failed
 * never was: it is decided anew.
 */
export class CommitLoop {
  #deferred: PendingCommand[] = [];
  /** Batches in the ledger and in memory, told while the next call is under way. */
  #untold: { readonly batch: CommittedBatch; readonly flight: Flight }[] = [];
  #stopping = false;
  readonly #locked: LockedWallets;
  readonly #calls: CommitCalls;
  readonly #failed: FailedCalls;
  readonly #ready: ReadyBatches;

  constructor(private readonly parts: CommitLoopParts) {
    const { workerId, mailboxes, memory, database, surroundings, log } = parts;
    const locked = new LockedWallets(
      (pending) => memory.rowsOf(pending),
      (walletIds) => readLockedWallets(database, walletIds),
    );
    const calls = new CommitCalls(workerId, database, log);
    const failed = new FailedCalls({ workerId, mailboxes, memory, database, surroundings, calls, locked, log });
    this.#locked = locked;
    this.#calls = calls;
    this.#failed = failed;
    this.#ready = new ReadyBatches({
      ...{ mailboxes, memory, surroundings, calls, locked, failed, log, pace: parts.pace },
      tellCommitted: (flight) => this.#tellCommitted(flight),
    });
  }

  /** Runs until `stop`, and then until nothing is left to do. */
  async run(): Promise<void> {
    for (;;) {
      const commands = await this.#take();
      if (commands.length > 0) {
        await this.#commitInTurn(commands);
        continue;
      }
      this.#tellCommitted(null);
      if (this.#locked.waiting) this.#locked.wakeLater(() => this.parts.mailboxes.wake());
      else if (this.#stopping) return;
      await this.parts.mailboxes.arrival();
    }
  }

  stop(): void {
    this.#stopping = true;
    this.parts.mailboxes.wake();
  }

  async #take(): Promise<PendingCommand[]> {
    const commands = this.#deferred.splice(0);
    if (this.#locked.waiting) {
      // The database is asked until it answers: nobody waits for that whose payment is in the ledger.
      this.#tellCommitted(null);
      const room = batchCommandsMax - totalWeight(commands);
      commands.push(...(await this.#failed.untilItWorks(() => this.#locked.released(room))));
    }
    commands.push(...this.parts.mailboxes.take(batchCommandsMax - totalWeight(commands)));
    return commands;
  }

  /** Commits these, then what was made ready behind them, and so on, until a call fails or nothing was. */
  async #commitInTurn(commands: PendingCommand[]): Promise<void> {
    let ready = await this.#ready.make(commands, new LedgerRead(), null);
    let committed: Flight | null = null;
    for (;;) {
      const flight: Flight | null = ready && this.#send(ready);
      // After the next call is on its way: Postgres need not wait for it.
      this.#tellCommitted(committed);
      if (!flight) return;
      const behind = await this.#makeBehind(flight);
      const outcome = await flight.over;
      const failed = outcome.outcome !== 'COMMITTED';
      ready = behind;
      if (behind && (failed || !this.#isStillGood(behind))) {
        this.parts.mailboxes.putBack(behind.commands);
        ready = null;
      }
      if (failed) return this.#commitAlone(await this.#restOf(flight, outcome, 0), flight.read, 1);
      committed = flight;
      // Told by whoever sends the next call or waits.
      if (!ready) return this.#install(flight);
    }
  }

  /** Decides and commits with nothing else under way, until each command is taken care of. */
  async #commitAlone(commands: PendingCommand[], read = new LedgerRead(), round = 0): Promise<void> {
    let rest = commands;
    for (let again = round; rest.length > 0; again += 1) {
      const ready = await this.#ready.make(rest, read, null);
      const flight = ready && this.#send(ready);
      if (!flight) return;
      this.#tellCommitted(null);
      const outcome = await flight.over;
      if (outcome.outcome === 'COMMITTED') return this.#install(flight);
      rest = await this.#restOf(flight, outcome, again);
    }
  }

  /** After a failed call: its commands that are to be decided again. */
  async #restOf({ call, read }: Flight, outcome: FailedOutcome, round: number): Promise<PendingCommand[]> {
    const after = await this.#failed.after(outcome, { plan: call.plan, read, round });
    const rest = call.plan.commands.map(({ pending }) => pending);
    if (after.next === 'DECIDE_AGAIN') return rest;
    if (after.next === 'TAKE_APART') await this.#takeApart(rest, after.code);
    return [];
  }

  /** Some command keeps the batch from committing and nothing names it: halves fail alone until it stands alone. */
  async #takeApart(rest: PendingCommand[], code: GiveUpCode): Promise<void> {
    if (rest.length === 1) return this.#failed.giveUp(rest[0] as PendingCommand, code);
    const half = rest.length >> 1;
    await this.#commitAlone(rest.slice(0, half));
    await this.#commitAlone(rest.slice(half));
  }

  /** Makes the next batch ready while a call is under way; null: the call is over first, or is to be over first. */
  async #makeBehind(flight: Flight): Promise<ReadyBatch | null> {
    // These are read when nothing is under way that may change what they rest on.
    if (this.#deferred.length > 0 || this.#locked.waiting || this.parts.memory.readsAgain) return null;
    const payments = flight.call.plan.transactions.length;
    const afterMs = this.parts.pace.readyAfterMs(payments);
    if (afterMs === null) return null;
    await Promise.race([flight.over, this.parts.mailboxes.queued(batchCommandsMax, afterMs)]);
    if (flight.outcome || !this.parts.pace.isWorthACall(this.parts.mailboxes.queuedWeight)) return null;
    const ready = await this.#ready.make(this.parts.mailboxes.take(batchCommandsMax), new LedgerRead(), flight);
    if (ready === null || (await isOverInTime(flight, ready))) return ready;
    // Nobody sweeps what is ready: its callers would not hear that their time is over until the call is.
    this.parts.mailboxes.putBack(ready.commands);
    return null;
  }

  /** Is all that it was decided on still so? */
  #isStillGood({ plan, call }: ReadyBatch): boolean {
    const now = performance.now();
    return plan.commands.every(
      ({ pending: { partition, deadlineAt } }) =>
        deadlineAt > now && this.parts.surroundings.epochOf(partition) === call?.position.epochs.get(partition),
    );
  }

  #send({ plan, read, call, madeFrom, madeAt }: ReadyBatch): Flight | null {
    for (const fault of plan.faults) this.#tellFault(fault);
    for (const [pending, answer] of plan.answered) this.parts.mailboxes.answer(pending, answer);
    this.#deferred.push(...plan.deferred);
    this.parts.memory.readAgain(plan.toRead);
    this.parts.memory.lookUp(plan.toLookUp);
    if (!call) return null;
    const sentAt = performance.now();
    const over = this.#calls.send(call).then((outcome) => {
      flight.outcome = outcome;
      flight.overAt = performance.now();
      if (outcome.outcome === 'COMMITTED') this.parts.pace.called(plan.transactions.length, flight.overAt - sentAt);
      return outcome;
    });
    const flight: Flight = {
      ...{ call, read, madeFrom, madeAt, sentAt, over },
      ...{ overAt: 0, outcome: null, installed: false },
    };
    return flight;
  }

  /** Its caller hears COMMAND_FAULT; what went wrong is for us to mend. The command itself may hold what is nobody's business. */
  #tellFault({ pending: { command, partition }, error }: CommandFault): void {
    const { type, keyDigest } = command;
    const epoch = this.parts.surroundings.epochOf(partition);
    this.parts.log.error({ err: error, type, partition, epoch, keyDigest }, 'a bug: a command could not be decided');
  }

  /** What a committed call changed becomes what this engine knows. */
  #install(flight: Flight): void {
    if (flight.installed || flight.outcome?.outcome !== 'COMMITTED') return;
    flight.installed = true;
    const { plan, position, figures } = flight.call;
    const { createdAtMs, latency } = flight.outcome as Committed;
    const batch = committedBatch(plan, position, figures, createdAtMs, latency);
    this.parts.memory.install(plan, batch.transactions, flight.read);
    this.#untold.push({ batch, flight });
  }

  /** Callers first: what they wait for and what others hear leaves in one write. */
  #tellCommitted(flight: Flight | null): void {
    if (flight) this.#install(flight);
    for (const { batch, flight: told } of this.#untold.splice(0)) {
      for (const planned of batch.plan.commands) {
        const { pending, first, count } = planned;
        this.parts.mailboxes.answer(pending, answerOf(planned, batch.transactions.slice(first, first + count), false));
      }
      this.parts.surroundings.committed(batch);
      this.parts.traces?.committed(told);
    }
  }
}

function totalWeight(commands: readonly PendingCommand[]): number {
  let weight = 0;
  for (const pending of commands) weight += pending.weight;
  return weight;
}
