import { z } from 'zod';
import type { IncomingMessage, Verdict } from '../broker/consumer.js';
import { eventTexts } from './event-texts.js';
import type { TextEvent } from './insert-deliveries.js';
import { type Subscription, wants } from './subscription.js';

/** Deliveries of one commit: Postgres ends a transaction that takes too long, and all of it would come again. */
export const partRowsMax = 2_000;
/** Of the events of one commit. */
const partBytesMax = 4 * 1_048_576;

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

/** A message on its way into deliveries. */
export interface Waiting {
  readonly message: IncomingMessage;
  readonly taken: (verdict: Verdict) => void;
  /** Null: nobody has read it yet. */
  events: readonly TextEvent[] | null;
  /** How many of them are done with. */
  done: number;
  /** Once all are. */
  verdict: Verdict;
}

/** Events that are committed together. */
export interface Part {
  readonly events: readonly TextEvent[];
  /** The message of each. */
  readonly of: readonly Waiting[];
  /** Deliveries, at most. */
  readonly rows: number;
}

/** The next events, in order: so many that they make `rowsMax` deliveries, and one at least. */
export function nextPart(waiting: readonly Waiting[], all: readonly Subscription[], rowsMax: number): Part {
  const events: TextEvent[] = [];
  const of: Waiting[] = [];
  let rows = 0;
  let bytes = 0;
  for (const one of waiting) {
    for (const event of eventsLeft(one)) {
      const more = Math.max(1, all.filter((subscription) => wants(subscription, event.event)).length);
      const isFull = rows + more > rowsMax || bytes + event.text.length > partBytesMax;
      if (events.length > 0 && isFull) return { events, of, rows };
      events.push(event);
      of.push(one);
      rows += more;
      bytes += event.text.length;
    }
  }
  return { events, of, rows };
}

function eventsLeft(one: Waiting): readonly TextEvent[] {
  if (one.events === null) {
    const events = eventsIn(one.message);
    if (events === null) one.verdict = 'DEAD';
    one.events = events ?? [];
  }
  return one.events.slice(one.done);
}

/** Null: it cannot be read, by nobody, ever. */
function eventsIn({ body, raw }: IncomingMessage): TextEvent[] | null {
  const read = messageShape.safeParse(body);
  const texts = eventTexts(raw.content.toString('utf8'));
  if (!read.success || texts === null || texts.length !== read.data.events.length) return null;
  return read.data.events.map((event, i) => ({ event: event as TextEvent['event'], text: texts[i] as string }));
}

/** A value that no ledger has, or what takes longer than anything may: it is the event's. A database that is away says nothing of it. */
export function isOwnFault(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return /^(21|22|23|54)[0-9A-Z]{3}$|^57014$|^25P04$/.test(code);
  return /^(Type|Range)Error$/.test(String(name));
}
