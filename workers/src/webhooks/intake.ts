import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { IncomingMessage, Verdict } from '../broker/consumer.js';
import { type Database, inTransaction } from '../database.js';
import { eventTexts } from './event-texts.js';
import { insertDeliveries, subscriptions, type TextEvent } from './insert-deliveries.js';
import { type LostEvents, moveMarks } from './lost-events.js';
import type { Subscription } from './subscription.js';

/** Messages that are handled at a time. */
export const intakeAtOnce = 100;
/** Of the messages of one commit. */
const groupBytesMax = 4 * 1_048_576;
const databaseRetryMs = 1_000;

const messageShape = z.object({
  events: z.array(
    z.object({
      eventId: z.uuid(),
      type: z.string().max(100),
      occurredAt: z.string().max(50).optional(),
      partition: z.int().min(0).max(32_767).nullable(),
      sequence: z.int().min(0),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});

interface Waiting {
  readonly message: IncomingMessage;
  readonly taken: (verdict: Verdict) => void;
}

/**
 * Makes deliveries of events. A message is acknowledged once its deliveries are committed; those that came meanwhile share the next commit.
 * While Postgres is away they wait in the queue.
 */
export class Intake {
  readonly #waiting: Waiting[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly onDeliveries: () => void,
    private readonly log: Logger,
  ) {}

  take(message: IncomingMessage): Promise<Verdict> {
    return new Promise((taken) => {
      this.#waiting.push({ message, taken });
      this.#running ??= this.#run();
    });
  }

  /** What waits for Postgres goes back to the queue. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    await null; // whoever set this going has noted it
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      const verdicts = await this.#handle(group.map(({ message }) => message));
      for (const [i, { taken }] of group.entries()) taken(verdicts[i] as Verdict);
    }
    this.#running = null; // at once: what comes from now on sets it going again
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ message }, i) => {
      bytes += message.raw.content.length;
      return i > 0 && bytes > groupBytesMax;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #handle(messages: readonly IncomingMessage[]): Promise<Verdict[]> {
    for (;;) {
      try {
        // Read once the events are there: whoever had subscribed when they were committed is among them.
        const all = await subscriptions(this.database);
        if (all.length > 0) return await this.#commit(messages, all);
        await this.#forgetMarks();
        return messages.map(() => 'DONE');
      } catch (error) {
        if (this.#stopping.signal.aborted) return messages.map(() => 'AGAIN');
        this.log.warn({ err: error }, 'events for webhooks could not be written down: they wait; trying again');
        await sleep(databaseRetryMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }

  async #commit(messages: readonly IncomingMessage[], all: readonly Subscription[]): Promise<Verdict[]> {
    const read = messages.map(eventsIn);
    const events = read.flatMap((one) => one ?? []);
    let lost: LostEvents[] = [];
    const made = await inTransaction(this.database, async (client) => {
      lost = await moveMarks(client, events);
      return insertDeliveries(client, events, all);
    });
    if (made > 0) this.onDeliveries();
    for (const hole of lost) {
      this.log.error(hole, 'events for webhooks were lost: the relay is asked to publish them again');
    }
    return read.map((one, i) => {
      if (one !== null) return 'DONE';
      const { messageId } = messages[i] as IncomingMessage;
      this.log.error({ messageId }, 'a message is none of the relay\u2019s: look at it among the dead letters');
      return 'DEAD';
    });
  }

  /** Nobody missed what came while there was no endpoint. Always: another worker may have left marks since. */
  async #forgetMarks(): Promise<void> {
    await this.database.query('DELETE FROM webhook_intake');
  }
}

/** Null: it cannot be read, by nobody, ever. */
function eventsIn({ body, raw }: IncomingMessage): TextEvent[] | null {
  const read = messageShape.safeParse(body);
  const texts = eventTexts(raw.content.toString('utf8'));
  if (!read.success || texts === null || texts.length !== read.data.events.length) return null;
  return read.data.events.map((event, i) => ({ event: event as TextEvent['event'], text: texts[i] as string }));
}
