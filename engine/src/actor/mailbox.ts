import type { Answer } from '../answers.js';
import { notDone } from '../answers.js';
import { weightOf } from '../contract/command-traits.js';
import type { Command } from '../contract/commands.js';
import { mailboxBytesMax, mailboxCommandsMax, mailboxesSharedBytesMax, mailboxOwnBytes } from '../contract/limits.js';
import type { CommandTrace } from '../tracing/traces.js';

/** A command on its way through this engine, from its arrival to its answer. */
export interface PendingCommand {
  readonly command: Command;
  readonly partition: number;
  readonly mailbox: Mailbox;
  /** Payments it holds: what it takes of a batch and of the mailbox. */
  readonly weight: number;
  readonly bytes: number;
  /** On this process's monotonic clock (`performance.now()`). */
  readonly deadlineAt: number;
  /** null: it is not traced. */
  readonly trace: CommandTrace | null;
  /** Everyone who asked the same with the same key. Empty once answered. */
  readonly waiting: Waiting[];
}

export interface Arrival {
  readonly deadlineAt: number;
  /** Its share of the message that brought it. */
  readonly bytes: number;
  readonly trace?: CommandTrace | null;
}

export type Waiting = (answer: Answer) => void;

/** One partition's queue of commands, bounded by `mailboxCommandsMax` and `mailboxBytesMax`. */
interface Mailbox {
  /** Payments queued or in flight. */
  depth: number;
  bytes: number;
  /** The commands queued or in flight, by key. */
  readonly byKey: Map<string, PendingCommand>;
  /** Resolved when the depth falls to zero. */
  whenEmpty: (() => void)[];
}

/**
 * The mailboxes of the partitions an engine owns, bounded each, drawn from in order of arrival over all of them.
 * A command stays in its mailbox from `offer` to `answer`: queued, then taken, then answered once and for all.
 */
export class Mailboxes {
  readonly #mailboxes = new Map<number, Mailbox>();
  #queue: PendingCommand[] = [];
  #head = 0;
  #queuedWeight = 0;
  #arrived: (() => void) | null = null;
  #enough: { weight: number; done: () => void } | null = null;
  #refuseUntil = 0;
  #bytes = 0;

  open(partition: number): void {
    if (!this.#mailboxes.has(partition)) {
      this.#mailboxes.set(partition, { depth: 0, bytes: 0, byKey: new Map(), whenEmpty: [] });
    }
  }

  /**
   * Queues a command, or joins an identical one. Answers at once when there is no room or no such mailbox. Another one under the
   * same key is queued too: whose the key is, the ledger says, once the first is decided.
   */
  offer(partition: number, command: Command, { deadlineAt, bytes, trace = null }: Arrival, reply: Waiting): void {
    const mailbox = this.#mailboxes.get(partition);
    if (!mailbox) return reply(notDone('NOT_OWNER'));
    const earlier = mailbox.byKey.get(command.keyDigest);
    if (earlier?.command.requestHash === command.requestHash && earlier.command.scope === command.scope) {
      earlier.waiting.push(reply);
      return;
    }
    if (performance.now() < this.#refuseUntil) return reply(notDone('STORAGE_UNAVAILABLE'));
    const weight = weightOf(command);
    if (mailbox.depth + weight > mailboxCommandsMax) return reply(notDone('OVERLOADED'));
    if (mailbox.bytes + bytes > this.#bytesAllowed()) return reply(notDone('OVERLOADED'));
    const waiting = [reply];
    const pending: PendingCommand = { command, partition, mailbox, weight, bytes, deadlineAt, trace, waiting };
    mailbox.depth += weight;
    mailbox.bytes += bytes;
    this.#bytes += bytes;
    if (!earlier) mailbox.byKey.set(command.keyDigest, pending);
    this.#queue.push(pending);
    this.#queuedWeight += weight;
    this.#arrived?.();
    if (this.#enough && this.#queuedWeight >= this.#enough.weight) this.#enough.done();
  }

  /** What one mailbox may hold just now. */
  #bytesAllowed(): number {
    return Math.max(mailboxOwnBytes, Math.min(mailboxBytesMax, mailboxesSharedBytesMax - this.#bytes));
  }

  /** Takes queued commands of at most `weightMax` payments, oldest first. Those out of time are dropped, undecided. */
  take(weightMax: number): PendingCommand[] {
    const now = performance.now();
    const taken: PendingCommand[] = [];
    let weight = 0;
    while (this.#head < this.#queue.length) {
      const pending = this.#queue[this.#head] as PendingCommand;
      if (weight + pending.weight > weightMax) break;
      this.#head += 1;
      this.#queuedWeight -= pending.weight;
      if (pending.waiting.length === 0) continue; // answered while it was queued
      if (pending.deadlineAt <= now) {
        this.answer(pending, notDone('DEADLINE_EXCEEDED'));
        continue;
      }
      taken.push(pending);
      weight += pending.weight;
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 10_000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Puts taken commands back, to be taken first. */
  putBack(commands: readonly PendingCommand[]): void {
    this.#queue = [...commands, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    for (const { weight } of commands) this.#queuedWeight += weight;
  }

  /** Payments of the commands queued; those already answered count until they are passed over. */
  get queuedWeight(): number {
    return this.#queuedWeight;
  }

  /** Resolves when so many payments are queued, or after so many milliseconds. The last who asks is told. */
  async queued(weight: number, ms: number): Promise<void> {
    if (this.#queuedWeight >= weight) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      this.#enough = {
        weight,
        done: () => {
          clearTimeout(timer);
          this.#enough = null;
          done();
        },
      };
    });
  }

  /** Answers everyone who waits for the command and frees its place. A second answer is ignored. */
  answer(pending: PendingCommand, answer: Answer): void {
    if (pending.waiting.length === 0) return;
    for (const reply of pending.waiting.splice(0)) reply(answer);
    const { command, mailbox } = pending;
    if (mailbox.byKey.get(command.keyDigest) === pending) mailbox.byKey.delete(command.keyDigest);
    mailbox.depth -= pending.weight;
    mailbox.bytes -= pending.bytes;
    this.#bytes -= pending.bytes;
    if (mailbox.depth === 0) for (const done of mailbox.whenEmpty.splice(0)) done();
  }

  /** Drops queued commands that are out of time, undecided: they need not wait for a slow call to hear it. */
  dropExpired(): void {
    const now = performance.now();
    for (let i = this.#head; i < this.#queue.length; i += 1) {
      const pending = this.#queue[i] as PendingCommand;
      if (pending.deadlineAt <= now) this.answer(pending, notDone('DEADLINE_EXCEEDED'));
    }
  }

  /** Closes a partition's mailbox; what is still in it belongs to another owner now. */
  abandon(partition: number): void {
    for (let i = this.#head; i < this.#queue.length; i += 1) {
      const pending = this.#queue[i] as PendingCommand;
      if (pending.partition === partition) this.answer(pending, notDone('NOT_OWNER'));
    }
    const mailbox = this.#mailboxes.get(partition);
    this.#mailboxes.delete(partition);
    for (const done of mailbox?.whenEmpty ?? []) done();
  }

  /** Refuses new commands for a while: the database has no room for them. */
  pauseIntake(ms: number): void {
    this.#refuseUntil = performance.now() + ms;
  }

  depth(partition: number): number {
    return this.#mailboxes.get(partition)?.depth ?? 0;
  }

  /** Of the commands queued or in flight, closed mailboxes' too. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Payments queued or in flight in all of them. */
  totalDepth(): number {
    let sum = 0;
    for (const { depth } of this.#mailboxes.values()) sum += depth;
    return sum;
  }

  /** When the gateway accepted the oldest of the payments that came first to their partitions; undefined: none waits. */
  oldestInitiatedAtMs(): number | undefined {
    let oldest: number | undefined;
    for (const { byKey } of this.#mailboxes.values()) {
      // In order of arrival, and answered ones are gone.
      const [first] = byKey.values();
      if (first && (oldest === undefined || first.command.initiatedAtMs < oldest)) oldest = first.command.initiatedAtMs;
    }
    return oldest;
  }

  /** Resolves when nothing of the partition is queued or in flight. */
  async emptied(partition: number): Promise<void> {
    const mailbox = this.#mailboxes.get(partition);
    if (mailbox && mailbox.depth > 0) await new Promise<void>((done) => mailbox.whenEmpty.push(done));
  }

  /** Resolves when something is queued. */
  async arrival(): Promise<void> {
    if (this.#head < this.#queue.length) return;
    await new Promise<void>((arrived) => {
      this.#arrived = arrived;
    });
    this.#arrived = null;
  }

  /** Ends a wait for an arrival. */
  wake(): void {
    this.#arrived?.();
  }
}
