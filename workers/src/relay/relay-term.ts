import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import { messagesOf } from './batch-messages.js';
import { EventFlow } from './event-flow.js';
import { EventOrder, type OrderedBatch, type PartitionPlace } from './event-order.js';
import { type EventRange, eventsInRange } from './event-range.js';
import type { Outbox } from './outbox.js';
import {
  advance,
  LostLeaseError,
  readPlace,
  readState,
  readStops,
  writeEngineStop,
  writePartitionStop,
} from './relay-store.js';
import { replayNext } from './replays.js';
import { Unsaved } from './unsaved.js';

/** How often the ledger is looked at, unless there was more than one look brings. */
const lookEveryMs = 250;
/** What was confirmed is written down, and the lease renewed: a relay that is killed leaves so much to be repeated. */
const saveEveryMs = 1_000;
const asidesEveryMs = 1_000;
const retryMs = 500;

/**
 * What one relay does from taking the lease until it loses it: three loops beside each other, of which one brings the ledger's events to the
 * outbox, one writes down what was confirmed, and one looks after what was stopped and what is wanted once more.
 */
export class RelayTerm {
  readonly #over = new AbortController();
  readonly #ended = once(this.#over.signal, 'abort');
  readonly #unsaved = new Unsaved();
  readonly #flow: EventFlow;

  private constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    readonly epoch: number,
    private readonly order: EventOrder,
    private readonly log: Logger,
  ) {
    const stops = {
      partition: (partition: number, why: string) => writePartitionStop(database, epoch, partition, why),
      engine: (stop: { engineId: string; seq: number; why: string }) => writeEngineStop(database, epoch, stop),
    };
    this.#flow = new EventFlow(database, order, stops, log);
  }

  static async begin(database: Database, outbox: Outbox, epoch: number, log: Logger): Promise<RelayTerm> {
    const { cursors, places, checkpointed } = await readState(database);
    return new RelayTerm(database, outbox, epoch, new EventOrder(cursors, places, checkpointed), log);
  }

  get stoppedPartitions(): number {
    return [...this.order.places.values()].filter(({ held }) => held).length;
  }

  get stoppedEngines(): number {
    return this.#flow.stoppedEngines.length;
  }

  /** Resolves once the lease is another's, or after `end`. */
  async run(): Promise<void> {
    const saving = this.#repeat(() => this.#save());
    await Promise.all([saving, this.#repeat(() => this.#forward()), this.#repeat(() => this.#lookAfter())]);
  }

  /** Nothing more is read; what was confirmed is written down. */
  async end(): Promise<void> {
    this.#stop();
    if (!this.#unsaved.isEmpty) await advance(this.database, this.epoch, this.#unsaved.take()).catch(() => {});
  }

  #stop(): void {
    this.#over.abort();
    this.outbox.close();
  }

  /** Until it is over. What fails is tried again: Postgres may be away. */
  async #repeat(work: () => Promise<number>): Promise<void> {
    while (!this.#over.signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await work();
      } catch (error) {
        if (error instanceof LostLeaseError) {
          this.log.warn({ epoch: this.epoch }, 'another relay has the lease: this one stands by');
          return this.#stop();
        }
        if (this.#over.signal.aborted) return;
        this.log.warn({ err: error, epoch: this.epoch }, 'the relay could not go on: trying again');
        pauseMs = retryMs;
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  /** The others wait for a partition that catches up. */
  #waits = false;
  #forwarding: Promise<unknown> = Promise.resolve();

  async #forward(): Promise<number> {
    await this.outbox.room();
    if (this.#over.signal.aborted || this.#waits) return lookEveryMs;
    const forwarding = this.#next();
    this.#forwarding = forwarding.catch(() => {});
    return forwarding;
  }

  async #next(): Promise<number> {
    const { batches, more } = await this.#flow.round();
    for (const batch of batches) this.#send(batch);
    return more ? 0 : lookEveryMs;
  }

  #send({ loaded: { batch, events }, places, checkpoints }: OrderedBatch): void {
    const { engineId, seq } = batch;
    const confirmed = { engineId, batchSeq: seq, places, checkpoints };
    this.outbox.add(messagesOf(`${engineId}:${seq}`, events), () => this.#unsaved.confirmed(confirmed));
  }

  async #save(): Promise<number> {
    await this.#write();
    return saveEveryMs;
  }

  async #write(): Promise<void> {
    const progress = this.#unsaved.take();
    try {
      await advance(this.database, this.epoch, progress);
    } catch (error) {
      this.#unsaved.giveBack(progress);
      throw error;
    }
  }

  async #lookAfter(): Promise<number> {
    if (this.stoppedPartitions > 0 || this.stoppedEngines > 0) await this.#resume();
    const more = await replayNext(
      this.database,
      (range) => this.#publish(range),
      () => this.#write(),
    );
    return more ? 0 : asidesEveryMs;
  }

  /** What somebody has looked after goes on. */
  async #resume(): Promise<void> {
    const stops = await readStops(this.database);
    for (const engineId of this.#flow.stoppedEngines) {
      if (!stops.engines.has(engineId)) this.#flow.resumeEngine(engineId);
    }
    for (const [partition, place] of this.order.places) {
      if (!place.held || stops.partitions.has(partition)) continue;
      try {
        await this.#catchUp(partition, place);
      } catch (error) {
        if (error instanceof LostLeaseError || this.#over.signal.aborted) throw error;
        // It holds up neither the other partitions nor what is wanted once more.
        this.log.error({ err: error, partition }, 'events of a partition could not go on: trying again');
      }
    }
  }

  /** Publishes what the partition was come past: most of it while the others go on, the rest while they wait. */
  async #catchUp(partition: number, place: PartitionPlace): Promise<void> {
    const reached = async (from: number | null) => {
      const written = await readPlace(this.database, partition);
      const first = from ?? written.sequence + 1;
      if (first <= written.passed) await this.#publish({ partition, from: first, to: written.passed });
      return Math.max(first, written.passed + 1);
    };
    const next = await reached(null);
    this.#waits = true;
    try {
      await this.#forwarding;
      while (!this.outbox.isEmpty && !this.#over.signal.aborted) await sleep(20);
      await this.#write();
      await reached(next);
      place.sequence = place.passed;
      place.held = false;
      this.#unsaved.caughtUp(partition, place);
    } finally {
      this.#waits = false;
    }
    this.log.info({ partition, sequence: place.sequence }, 'events of a partition go on');
  }

  /** Resolves once the broker has it all. */
  async #publish(range: EventRange): Promise<void> {
    for await (const loaded of eventsInRange(this.database, range)) {
      await this.outbox.room();
      if (this.#over.signal.aborted) throw new LostLeaseError('the relay stops');
      const messages = loaded.flatMap(({ batch, events }) =>
        messagesOf(`${batch.engineId}:${batch.seq}:again:${range.partition}`, events),
      );
      const { promise, resolve } = Promise.withResolvers<void>();
      this.outbox.add(messages, resolve);
      await Promise.race([promise, this.#ended]);
      if (this.#over.signal.aborted) throw new LostLeaseError('the relay stops');
    }
  }
}
