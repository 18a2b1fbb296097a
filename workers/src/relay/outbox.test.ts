import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventsMessage } from './batch-messages.js';
import type { Confirmation } from './event-channel.js';
import { Outbox } from './outbox.js';

const log = pino({ level: 'silent' });
/** Of one shard on their way. */
const windowMax = 32;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What happens at the broker next: one of the messages that it has not answered yet is answered, or the channel goes. */
type BrokerStep =
  | { readonly answer: number; readonly as: Confirmation }
  | { readonly lose: number }
  | { readonly waitMs: number };

const steps: fc.Arbitrary<BrokerStep[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ answer: fc.nat(100), as: fc.constant('TAKEN' as const) }) },
    { weight: 2, arbitrary: fc.record({ answer: fc.nat(100), as: fc.constant('UNTAKEN' as const) }) },
    { weight: 1, arbitrary: fc.record({ lose: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ waitMs: fc.constantFrom(10, 60, 1_100) }) },
  ),
  { maxLength: 200 },
);
/** Parts: how many messages each, and of which shards. */
const parts = fc.array(fc.array(fc.nat(2), { maxLength: 5 }), { minLength: 1, maxLength: 60 });

interface Waiting {
  readonly message: EventsMessage;
  readonly confirmed: (confirmation: Confirmation) => void;
  taken: boolean;
}

/** A broker whose queue takes messages in the order in which they come, and answers when it likes. */
class Broker {
  isOpen = true;
  /** What a queue got, by shard. */
  readonly streams = new Map<number, number[]>();
  readonly #waiting: Waiting[] = [];
  mostOnTheirWay = 0;

  publish(message: EventsMessage, confirmed: (confirmation: Confirmation) => void): void {
    this.#waiting.push({ message, taken: false, confirmed });
    const ofShard = this.#waiting.filter((each) => each.message.shard === message.shard);
    this.mostOnTheirWay = Math.max(this.mostOnTheirWay, ofShard.length);
  }

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** What was sent before it in its shard is taken by then, and answered whenever it may be. */
  answer(n: number, as: Confirmation): void {
    const at = n % Math.max(1, this.#waiting.length);
    const found = this.#waiting[at];
    if (!found) return;
    this.#takeAll(this.#waiting.slice(0, at).filter(({ message }) => message.shard === found.message.shard));
    if (as === 'TAKEN') this.#takeAll([found]);
    this.#waiting.splice(at, 1);
    found.confirmed(as);
  }

  /** The channel goes: of what was on its way some arrived, in order, and nobody is told. */
  lose(taken: number): void {
    this.isOpen = false;
    this.#takeAll(this.#waiting.splice(0).slice(0, taken));
  }

  #takeAll(some: readonly Waiting[]): void {
    for (const each of some) {
      if (!each.taken) this.#take(each.message);
      each.taken = true;
    }
  }

  #take({ shard, messageId }: EventsMessage): void {
    const stream = this.streams.get(shard) ?? [];
    this.streams.set(shard, stream);
    stream.push(Number(messageId));
  }
}

test('each shard’s stream has no hole and is repeated in order, whatever the broker does; parts are confirmed in turn, once', () => {
  fc.assert(
    fc.property(parts, steps, (shards, happenings) => {
      const broker = new Broker();
      const outbox = new Outbox(broker, log);
      const confirmed: number[] = [];
      const sent = new Map<number, number>();
      for (const [part, ofPart] of shards.entries()) {
        const messages = ofPart.map((shard): EventsMessage => {
          const n = (sent.get(shard) ?? 0) + 1;
          sent.set(shard, n);
          return {
            messageId: String(n),
            shard,
            routingKey: `transactions.${shard}`,
            body: Buffer.from('x'),
            events: 1,
          };
        });
        outbox.add(messages, () => confirmed.push(part));
      }
      const goOn = () => {
        broker.isOpen = true;
        outbox.channelChanged();
      };
      for (const step of happenings) {
        if ('answer' in step) broker.answer(step.answer, step.as);
        else if ('waitMs' in step) vi.advanceTimersByTime(step.waitMs);
        else {
          broker.lose(step.lose);
          outbox.channelChanged();
          goOn();
        }
      }
      // From now on the broker is well.
      for (let i = 0; !outbox.isEmpty && i < 10_000; i++) {
        if (broker.waits) broker.answer(0, 'TAKEN');
        else vi.advanceTimersByTime(1_100);
      }
      expect(confirmed).toEqual(shards.map((_, part) => part));
      expect(outbox.unconfirmed).toBe(0);
      expect(broker.mostOnTheirWay).toBeLessThanOrEqual(windowMax);
      const anyRefused = happenings.some((step) => 'answer' in step && step.as === 'UNTAKEN');
      for (const [shard, last] of sent) expectStream(broker.streams.get(shard) ?? [], last, anyRefused);
      outbox.close();
    }),
    { numRuns: 300 },
  );
});

function expectStream(stream: readonly number[], last: number, anyRefused: boolean): void {
  const numbers = Array.from({ length: last }, (_, i) => i + 1);
  // What a refusing queue left out comes again, with all that is behind it.
  const lastTimes = numbers.map((n) => stream.lastIndexOf(n));
  expect(lastTimes).not.toContain(-1);
  expect(lastTimes).toEqual(lastTimes.toSorted((a, b) => a - b));
  if (anyRefused) return;
  // Who drops what he has seen has all in order.
  expect(stream.filter((n, i) => n > Math.max(0, ...stream.slice(0, i)))).toEqual(numbers);
}

test('a refused message holds its shard back alone; it and what follows it are sent again in order', () => {
  const broker = new Broker();
  const outbox = new Outbox(broker, log);
  const confirmed: string[] = [];
  for (const [shard, n] of [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 1],
  ] as const) {
    const message = {
      messageId: String(n),
      shard,
      routingKey: `transactions.${shard}`,
      body: Buffer.from('x'),
      events: 1,
    };
    outbox.add([message], () => confirmed.push(`${shard}:${n}`));
  }
  broker.answer(0, 'UNTAKEN'); // 0:1
  broker.answer(0, 'TAKEN'); // 0:2
  broker.answer(1, 'TAKEN'); // 1:1
  expect(outbox.isHeldBack).toBe(true);
  broker.answer(0, 'TAKEN'); // 0:3
  expect(broker.streams).toEqual(
    new Map([
      [0, [2, 3]],
      [1, [1]],
    ]),
  );
  vi.advanceTimersByTime(50);
  for (let i = 0; i < 3; i++) broker.answer(0, 'TAKEN');
  expect(broker.streams.get(0)).toEqual([2, 3, 1, 2, 3]);
  expect(confirmed).toEqual(['0:1', '0:2', '0:3', '1:1']);
  expect(outbox).toMatchObject({ isHeldBack: false, isEmpty: true, refused: 1 });
  outbox.close();
});

test('what waits for the broker is bounded, and there is room again once it has taken some', async () => {
  const broker = new Broker();
  const outbox = new Outbox(broker, log);
  const body = Buffer.alloc(262_144);
  let n = 0;
  while (outbox.hasRoom)
    outbox.add([{ messageId: String(++n), shard: 0, routingKey: 'transactions.0', body, events: 1 }], () => {});
  expect(n).toBe(32); // 8 MB
  let roomy = false;
  const room = outbox.room().then(() => {
    roomy = true;
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(roomy).toBe(false);
  broker.answer(0, 'TAKEN');
  await room;
  outbox.close();
});
