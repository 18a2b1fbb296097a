import type { BatchEvent } from './batch-events.js';
import { routingKey } from './event.js';

/** Of a message's body. One event is at most a tenth of it. */
export const messageBytesMax = 262_144;
const envelopeBytes = 200;
/** Of one character, in UTF-8, by JavaScript's count of characters. */
const characterBytesMax = 3;

export interface EventsMessage {
  readonly messageId: string;
  /** Messages of one shard are in order. */
  readonly shard: number;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly events: number;
}

/**
 * A batch's events as messages: one a shard, more where an event of the other topic stands between, or where one would be too large.
 * `of` names the batch: the same batch makes the same ids.
 */
export function messagesOf(of: string, events: readonly BatchEvent[], bytesMax = messageBytesMax): EventsMessage[] {
  const byShard = new Map<number, BatchEvent[]>();
  for (const event of events) {
    const ofShard = byShard.get(event.shard);
    if (ofShard) ofShard.push(event);
    else byShard.set(event.shard, [event]);
  }
  const messages: EventsMessage[] = [];
  for (const [shard, ofShard] of byShard) {
    for (const [i, stretch] of stretches(ofShard, bytesMax - envelopeBytes).entries()) {
      const messageId = `${of}:${shard}:${i}`;
      let text = `{"messageId":"${messageId}","shard":${shard},"events":[${stretch[0]?.text}`;
      for (let next = 1; next < stretch.length; next++) text += `,${stretch[next]?.text}`;
      messages.push({
        ...{ messageId, shard, events: stretch.length, body: Buffer.from(`${text}]}`) },
        routingKey: routingKey((stretch[0] as BatchEvent).topic, shard),
      });
    }
  }
  return messages;
}

/** Runs of one topic, of at most so many bytes. */
function stretches(events: readonly BatchEvent[], bytesMax: number): BatchEvent[][] {
  const found: BatchEvent[][] = [];
  // Counting bytes takes as long as writing them: where the characters say that there is room, nobody counts.
  const characters = events.reduce((sum, { text }) => sum + text.length + 1, 0);
  const sizeOf =
    characters * characterBytesMax <= bytesMax
      ? ({ text }: BatchEvent) => text.length
      : ({ text }: BatchEvent) => Buffer.byteLength(text) + 1;
  let bytes = 0;
  for (const event of events) {
    const current = found.at(-1);
    const size = sizeOf(event);
    if (current === undefined || current[0]?.topic !== event.topic || bytes + size > bytesMax) {
      found.push([event]);
      bytes = size;
    } else {
      current.push(event);
      bytes += size;
    }
  }
  return found;
}
