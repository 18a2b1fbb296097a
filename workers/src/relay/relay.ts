import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { BrokerNames } from '../broker/topology.js';
import type { Database } from '../database.js';
import type { Part } from '../part.js';
import { EventChannel } from './event-channel.js';
import { Outbox } from './outbox.js';
import { type RelayFigures, registerRelayMetrics } from './relay-metrics.js';
import { readLag, releaseLease, takeLease } from './relay-store.js';
import { RelayTerm } from './relay-term.js';

const takeEveryMs = 500;
const lagEveryMs = 5_000;

export interface RelayOptions {
  readonly amqpUrl: string;
  /** For people. */
  readonly holder: string;
  readonly database: Database;
  readonly names: BrokerNames;
  readonly metrics: Registry;
  readonly log: Logger;
}

/**
 * Brings what the ledger commits to the broker: at least once, each partition in order, nothing left out.
 *
 *   stands by ── the lease is free, or was not renewed for 3 s ──→ relay, at a higher epoch ── another one has it ──→ stands by
 *
 * The cursors move behind the broker's confirms, under the lease's row, so a relay that was frozen and wakes writes nothing. What it still
 * publishes is a repetition, in order.
 */
export class Relay implements Part {
  readonly name = 'relay';
  readonly #stopping = new AbortController();
  readonly #channel: EventChannel;
  #term: RelayTerm | null = null;
  #outbox: Outbox | null = null;
  #working: Promise<void> = Promise.resolve();
  #lag: RelayFigures['lag'] = null;
  /** Of the terms before. */
  readonly #before = { published: 0, repeated: 0, refused: 0 };

  constructor(private readonly options: RelayOptions) {
    const { amqpUrl, names, metrics, log } = options;
    this.#channel = new EventChannel(amqpUrl, names, log, () => this.#outbox?.channelChanged());
    registerRelayMetrics(metrics, () => this.figures);
  }

  get figures(): RelayFigures {
    const outbox = this.#outbox;
    return {
      epoch: this.#term?.epoch ?? null,
      ...{ unconfirmed: outbox?.unconfirmed ?? 0, heldBack: outbox?.isHeldBack ?? false, lag: this.#lag },
      ...{ stoppedPartitions: this.#term?.stoppedPartitions ?? 0, stoppedEngines: this.#term?.stoppedEngines ?? 0 },
      published: this.#before.published + (outbox?.published ?? 0),
      repeated: this.#before.repeated + (outbox?.repeated ?? 0),
      refused: this.#before.refused + (outbox?.refused ?? 0),
    };
  }

  async start(): Promise<void> {
    await this.#channel.open();
    this.#working = Promise.all([this.#work(), this.#watchLag()]).then(() => {});
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#term?.end();
    await this.#working;
    await this.#channel.close();
  }

  async #work(): Promise<void> {
    const { database, holder, log } = this.options;
    while (!this.#stopping.signal.aborted) {
      try {
        const epoch = await takeLease(database, holder);
        if (epoch !== null) await this.#serve(epoch);
      } catch (error) {
        log.warn({ err: error }, 'the relay cannot work: is Postgres up? Trying again');
      }
      await this.#pause(takeEveryMs);
    }
  }

  async #serve(epoch: number): Promise<void> {
    const { database, log } = this.options;
    const outbox = new Outbox(this.#channel, log);
    this.#outbox = outbox;
    try {
      this.#term = await RelayTerm.begin(database, outbox, epoch, log);
      log.info({ epoch }, 'this is the relay now');
      if (this.#stopping.signal.aborted) await this.#term.end();
      else await this.#term.run();
    } finally {
      outbox.close();
      this.#before.published += outbox.published;
      this.#before.repeated += outbox.repeated;
      this.#before.refused += outbox.refused;
      this.#outbox = null;
      this.#term = null;
      await releaseLease(database, epoch).catch(() => {}); // it runs out by itself
    }
  }

  async #watchLag(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#lag = await readLag(this.options.database).catch(() => this.#lag);
      await this.#pause(lagEveryMs);
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
