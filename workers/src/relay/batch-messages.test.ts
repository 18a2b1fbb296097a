import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerOf, ledgers } from '../testing/random-batches.js';
import { eventsOf } from './batch-events.js';
import { messageBytesMax, messagesOf } from './batch-messages.js';
import type { EventMessage } from './event.js';

const small = { partitions: 24, engines: 2, steps: 12, ofOneBatch: 30, charactersMax: 60 };

test('a message is of one batch, one shard and one topic, at most so large; together they are the batch, in order', () => {
  fc.assert(
    fc.property(ledgers(small), fc.integer({ min: 1_500, max: 6_000 }), ({ batches, rows }, bytesMax) => {
      for (const batch of batches) {
        const { events } = eventsOf(batch, rows);
        const messages = messagesOf('b', events, bytesMax);
        const ids = new Set<string>();
        for (const { messageId, shard, routingKey, body, events: count } of messages) {
          expect(body.length).toBeLessThanOrEqual(bytesMax);
          const read = JSON.parse(body.toString()) as EventMessage;
          expect(read).toMatchObject({ messageId, shard });
          expect(read.events).toHaveLength(count);
          expect(new Set(read.events.map(({ partition }) => Number(partition) % 8))).toEqual(new Set([shard]));
          expect(new Set(read.events.map(({ type }) => `${type.split('.')[0]}s.${shard}`))).toEqual(
            new Set([routingKey]),
          );
          ids.add(messageId);
        }
        expect(ids.size).toBe(messages.length);
        const byShard = (shard: number) =>
          events.filter((event) => event.shard === shard).map(({ text }) => JSON.parse(text));
        for (let shard = 0; shard < 8; shard++) {
          const published = messages
            .filter((message) => message.shard === shard)
            .flatMap(({ body }) => JSON.parse(body.toString()).events);
          expect(published).toEqual(byShard(shard));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a thousand payments with the largest metadata go in messages of at most 256 KiB', () => {
  // 8 KiB each, in characters of three bytes.
  const of = Array.from({ length: 1_000 }, (_, pick) => ({ pick, what: 'TRANSACTION' as const, characters: 2_720 }));
  const { batches, rows } = ledgerOf([{ commit: 0, of }], 3, 1);
  const messages = messagesOf('b', eventsOf(batches[0] as (typeof batches)[0], rows).events);
  expect(Math.max(...messages.map(({ body }) => body.length))).toBeLessThanOrEqual(messageBytesMax);
  // No smaller than they need be, either.
  expect(messages.length).toBeLessThan(45);
  expect(messages.reduce((sum, { events }) => sum + events, 0)).toBe(1_000);
});

test('a batch of few events is a message for each shard that it has events of, and no more', () => {
  const of = [0, 1, 2, 0, 1].map((pick) => ({ pick, what: 'TRANSACTION' as const, characters: 3 }));
  const { batches, rows } = ledgerOf([{ commit: 0, of }], 3, 1);
  const messages = messagesOf('b', eventsOf(batches[0] as (typeof batches)[0], rows).events);
  expect(messages.map(({ routingKey, events }) => [routingKey, events])).toEqual([
    ['transactions.0', 2],
    ['transactions.1', 2],
    ['transactions.2', 1],
  ]);
});
