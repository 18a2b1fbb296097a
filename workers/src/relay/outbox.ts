import type { Logger } from 'pino';
import type { EventsMessage } from './batch-messages.js';
import { shardCount } from './event.js';
import type { Confirmation } from './event-channel.js';

/** What the outbox publishes on. */
export interface Sender {
  readonly isOpen: boolean;
  publish(message: EventsMessage, confirmed: (confirmation: Confirmation) => void): void;
}

/** Messages of one shard on their way at a time; one, for a while, after a queue refused one. */
const windowMax = 32;
/** Of everything that is not confirmed: beyond it nothing more is read. */
const bytesMax = 8 * 1_048_576;
const partsMax = 1_000;
/** After a refusal. */
const pauseMs = { first: 50, max: 1_000 } as const;
const carefulMs = 30_000;

interface Outgoing {
  readonly message: EventsMessage;
  readonly part: Part;
  done: boolean;
}

/** Messages that belong together: `confirmed` is called once all of them, and of all parts before, are confirmed. */
interface Part {
  left: number;
  readonly confirmed: () => void;
}

interface Lane {
  /** From the first that is not confirmed on, in order. */
  readonly queue: Outgoing[];
  /** How many of the queue's were sent. */
  sent: number;
  onTheirWay: number;
  refused: boolean;
  pauseMs: number;
  carefulUntil: number;
  timer: NodeJS.Timeout | null;
}

/**
 * Messages in order, a lane for each shard, until the broker has confirmed them.
 *
 * Each lane is a stream that is only ever repeated from its first unconfirmed message on, in order: whoever reads it and drops what it
 * has seen sees it in order, also where two relays, or two connections of one, are in each other's way. A refused message may leave a hole
 * in front of what was sent behind it: the lane stops at once, waits until nothing of it is on its way, and goes on one by one.
 */
export class Outbox {
  readonly #lanes: Lane[] = Array.from({ length: shardCount }, () => ({
    ...{ queue: [], sent: 0, onTheirWay: 0, refused: false },
    ...{ pauseMs: pauseMs.first, carefulUntil: 0, timer: null },
  }));
  readonly #parts: Part[] = [];
  #generation = 0;
  #bytes = 0;
  #closed = false;
  #roomier: (() => void)[] = [];
  published = 0;
  repeated = 0;
  refused = 0;

  constructor(
    private readonly sender: Sender,
    private readonly log: Logger,
  ) {}

  get unconfirmed(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.queue.length, 0);
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** A queue is full, and everything waits for it. */
  get isHeldBack(): boolean {
    return this.#lanes.some((lane) => lane.refused);
  }

  get hasRoom(): boolean {
    return this.#bytes < bytesMax && this.#parts.length < partsMax;
  }

  /** Waits until more may be added. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#closed) await new Promise<void>((resolve) => this.#roomier.push(resolve));
  }

  add(messages: readonly EventsMessage[], confirmed: () => void): void {
    const part: Part = { left: messages.length, confirmed };
    this.#parts.push(part);
    for (const message of messages) {
      this.#bytes += message.body.length;
      (this.#lanes[message.shard] as Lane).queue.push({ message, part, done: false });
    }
    if (messages.length === 0) this.#settleParts();
    for (const lane of this.#lanes) this.#send(lane);
  }

  /** The channel is another one, or gone: what was on its way is sent again. */
  channelChanged(): void {
    this.#generation += 1;
    for (const lane of this.#lanes) {
      this.#rewind(lane);
      lane.onTheirWay = 0;
      if (lane.timer === null) lane.refused = false;
      this.#send(lane);
    }
  }

  /** Forgets everything. */
  close(): void {
    this.#closed = true;
    this.#generation += 1;
    for (const lane of this.#lanes) if (lane.timer) clearTimeout(lane.timer);
    for (const resolve of this.#roomier.splice(0)) resolve();
  }

  #send(lane: Lane): void {
    if (this.#closed || lane.refused || !this.sender.isOpen) return;
    const window = performance.now() < lane.carefulUntil ? 1 : windowMax;
    while (lane.sent < lane.queue.length && lane.onTheirWay < window) {
      const outgoing = lane.queue[lane.sent] as Outgoing;
      lane.sent += 1;
      lane.onTheirWay += 1;
      const generation = this.#generation;
      this.sender.publish(outgoing.message, (confirmation) => {
        if (generation === this.#generation) this.#answered(lane, outgoing, confirmation);
      });
    }
  }

  #answered(lane: Lane, outgoing: Outgoing, confirmation: Confirmation): void {
    lane.onTheirWay -= 1;
    if (confirmation === 'UNTAKEN') {
      this.refused += 1;
      if (!lane.refused) {
        const { messageId, routingKey } = outgoing.message;
        this.log.warn(
          { messageId, routingKey },
          'a queue takes no events, it is full or gone: they wait until it does',
        );
      }
      lane.refused = true;
    } else {
      outgoing.done = true;
      outgoing.part.left -= 1;
      this.#bytes -= outgoing.message.body.length;
      this.published += outgoing.message.events;
      this.#dropDone(lane);
      this.#settleParts();
    }
    if (lane.refused) this.#pause(lane);
    else this.#send(lane);
  }

  #dropDone(lane: Lane): void {
    let done = 0;
    while (lane.queue[done]?.done) done += 1;
    if (done === 0) return;
    lane.queue.splice(0, done);
    lane.sent -= done;
  }

  #settleParts(): void {
    let settled = 0;
    while (this.#parts[settled]?.left === 0) settled += 1;
    for (const { confirmed } of this.#parts.splice(0, settled)) confirmed();
    if (settled > 0 && this.hasRoom) for (const resolve of this.#roomier.splice(0)) resolve();
  }

  /** Goes on from the first that is not confirmed, once nothing is on its way. */
  #pause(lane: Lane): void {
    if (lane.onTheirWay > 0 || lane.timer !== null) return;
    const careful = performance.now() < lane.carefulUntil;
    lane.pauseMs = careful ? Math.min(lane.pauseMs * 2, pauseMs.max) : pauseMs.first;
    lane.timer = setTimeout(() => {
      lane.timer = null;
      lane.refused = false;
      this.#rewind(lane);
      this.#send(lane);
    }, lane.pauseMs);
    lane.carefulUntil = performance.now() + carefulMs;
  }

  /** From its first that is not confirmed on; also those behind it that were, or they would come before it. */
  #rewind(lane: Lane): void {
    this.repeated += lane.sent;
    lane.sent = 0;
    for (const outgoing of lane.queue) {
      if (!outgoing.done) continue;
      outgoing.done = false;
      outgoing.part.left += 1;
      this.#bytes += outgoing.message.body.length;
    }
  }
}
