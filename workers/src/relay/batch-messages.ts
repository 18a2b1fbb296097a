import type { BatchEvent } from './batch-events.js';
import { routingKey, shardCount } from './event.js';

/** Of a message's body. One event is at most a tenth of it. */
const messageBytesMax = 262_144;
const envelopeBytes = 200;

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
  const byShard: BatchEvent[][] = Array.from({ length: shardCount }, () => []);
  for (const event of events) byShard[event.shard]?.push(event);
  return byShard.flatMap((ofShard, shard) =>
    stretches(ofShard, bytesMax - envelopeBytes).map((stretch, i) => {
      const messageId = `${of}:${shard}:${i}`;
      const text = `{"messageId":"${messageId}","shard":${shard},"events":[${stretch.map((event) => event.text).join(',')}]}`;
      return {
        ...{ messageId, shard, events: stretch.length, body: Buffer.from(text) },
        routingKey: routingKey(stretch[0]?.topic ?? 'transactions', shard),
      };
    }),
  );
}

/** Runs of one topic, of at most so many bytes. */
function stretches(events: readonly BatchEvent[], bytesMax: number): BatchEvent[][] {
  const found: BatchEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const current = found.at(-1);
    const size = Buffer.byteLength(event.text) + 1;
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
