import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { IncomingMessage, Verdict } from '../broker/consumer.js';
import { type Database, inTransaction } from '../database.js';
import { insertDeliveries, subscriptions } from './insert-deliveries.js';
import { isOwnFault, nextPart, type Part, partRowsMax, type Waiting } from './intake-part.js';
import { type MovedMarks, moveMarks } from './lost-events.js';
import type { Subscription } from './subscription.js';

/** Messages that are handled at a time. */
export const intakeAtOnce = 100;
const databaseRetryMs = 1_000;

/**
 * Makes deliveries of events, in parts that are small enough for a transaction however many endpoints there are. A message is acknowledged
 * once all of its deliveries are committed; of one that comes again, those that are there stay as they are. While Postgres is away messages
 * wait in the queue.
 */
export class Intake {
  readonly #waiting: Waiting[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #rowsMax = partRowsMax;

  constructor(
    private readonly database: Database,
    private readonly onDeliveries: () => void,
    private readonly log: Logger,
  ) {}

  take(message: IncomingMessage): Promise<Verdict> {
    return new Promise((taken) => {
      this.#waiting.push({ message, taken, events: null, done: 0, verdict: 'DONE' });
      this.#running ??= this.#run();
    });
  }

  /** What waits for Postgres goes back to the queue. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    await null; // whoever set this going has noted it
    while (this.#waiting.length > 0) await this.#step();
    this.#running = null; // at once: what comes from now on sets it going again
  }

  async #step(): Promise<void> {
    let part: Part | null = null;
    try {
      const there = this.#waiting.length;
      // Read once the events are there: whoever had subscribed when they were committed is among them.
      const all = await subscriptions(this.database);
      if (all.length === 0) {
        await this.#forgetMarks();
        for (const { taken } of this.#waiting.splice(0, there)) taken('DONE');
        return;
      }
      part = nextPart(this.#waiting.slice(0, there), all, this.#rowsMax);
      if (part.events.length > 0) await this.#commit(part, all);
      this.#rowsMax = Math.min(partRowsMax, this.#rowsMax + partRowsMax / 20);
      this.#advance(part);
    } catch (error) {
      await this.#failed(error, part);
    }
  }

  async #commit({ events, of }: Part, all: readonly Subscription[]): Promise<void> {
    let moved: MovedMarks = { lost: [], unknown: new Set(), forOthers: new Set() };
    const made = await inTransaction(this.database, async (client) => {
      moved = await moveMarks(client, events);
      return insertDeliveries(
        client,
        events.filter((event) => !moved.unknown.has(event) && !moved.forOthers.has(event)),
        all,
      );
    });
    if (made > 0) this.onDeliveries();
    for (const [i, event] of events.entries()) if (moved.unknown.has(event)) (of[i] as Waiting).verdict = 'DEAD';
    for (const hole of moved.lost) {
      this.log.error(hole, 'events for webhooks were lost: the relay is asked to publish them again');
    }
  }

  /** Its events are done with, and so are the messages that end with them. */
  #advance(part: Part): void {
    for (const one of part.of) one.done += 1;
    for (;;) {
      const [first] = this.#waiting;
      if (!first?.events || first.done < first.events.length) return;
      this.#waiting.shift();
      const { messageId } = first.message;
      if (first.verdict === 'DEAD')
        this.log.error({ messageId }, 'a message is none of the relay\u2019s: look at it among the dead letters');
      first.taken(first.verdict);
    }
  }

  /**
   * A part that takes too long is halved. An event that fails alone, of itself, holds up nobody: the rest goes on, and its message comes
   * again, until its queue's limit sends it to the dead letters. For a database that is away everything waits.
   */
  async #failed(error: unknown, part: Part | null): Promise<void> {
    if (this.#stopping.signal.aborted) {
      for (const { taken } of this.#waiting.splice(0)) taken('AGAIN');
      return;
    }
    if (part) this.#rowsMax = Math.max(1, Math.floor(Math.min(this.#rowsMax, part.rows) / 2));
    const [first, second] = part?.of ?? [];
    if (part && first && !second && isOwnFault(error)) {
      const about = { err: error, messageId: first.message.messageId, eventId: part.events[0]?.event.eventId };
      this.log.error(
        about,
        'an event for webhooks could not be written down: its message comes again, up to its limit',
      );
      first.verdict = 'AGAIN';
      this.#advance(part);
      return;
    }
    this.log.warn({ err: error }, 'events for webhooks could not be written down: they wait; trying again');
    if (part && isOwnFault(error)) return; // fewer at once, until it is known whose it is
    await sleep(databaseRetryMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  /** Nobody missed what came while there was no endpoint. Always: another worker may have left marks since. */
  async #forgetMarks(): Promise<void> {
    await this.database.query('DELETE FROM webhook_intake');
  }
}
