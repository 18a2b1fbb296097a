import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { ConfirmClock } from './confirm-clock.js';
import { LastingChannel } from './lasting-channel.js';
import { type QueueBook, type QueueState, QueueWatch } from './queue-watch.js';
import { assertTopology, type BrokerNames, isListenedTo, type QueueName } from './topology.js';

/** Messages that were sent and are not confirmed yet: no more are sent before some are. */
const unconfirmedMax = 256;
const lookEveryMs = 2_000;

/** It may have arrived, or not: publish it again, with the same id. */
export class NotConfirmedError extends Error {
  override name = 'NotConfirmedError';
}

export interface OutgoingMessage {
  /** The same at every attempt: who gets it twice knows it by that. */
  readonly messageId: string;
  /** Becomes JSON; a Buffer is sent as it is. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** To a queue, or to whoever subscribed to an event's routing key. */
export type Destination = { readonly queue: QueueName } | { readonly routingKey: string };

interface Waiting {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Publishes on a connection of its own, so that a broker that holds publishers back holds no consumer back. */
export class Publisher {
  readonly #channel: LastingChannel<ConfirmChannel>;
  readonly #watch: QueueWatch;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;
  #wasConnected = false;
  #unconfirmed = 0;
  /** Those that wait for a channel, or for room. */
  readonly #waiting: Waiting[] = [];
  /** Returned as nobody's, until their confirm comes, which follows. */
  readonly #returned = new Set<string>();
  /** The attempts that are on their way, by a number of each. */
  readonly #open = new Map<number, Waiting>();
  readonly #confirms = new ConfirmClock();
  #attempts = 0;

  constructor(
    url: string,
    readonly names: BrokerNames,
    private readonly log: Logger,
    /** Knows which queues there were. */
    book?: QueueBook,
  ) {
    this.#watch = new QueueWatch(names, book, log);
    this.#channel = new LastingChannel({
      ...{ url, name: 'smart-wallet publisher', log },
      make: (model) => model.createConfirmChannel(),
      prepare: (channel, model) => this.#prepare(channel, model),
      opened: (channel, model) => this.#opened(channel, model),
      confirms: this.#confirms,
      lost: () => this.#lose(new NotConfirmedError('RabbitMQ is gone')),
    });
  }

  get connected(): boolean {
    return this.#channel.current !== null;
  }

  /** It took us once: the address, the login and the rights are right. */
  get wasConnected(): boolean {
    return this.#wasConnected;
  }

  /** The platform's own queues, as they were found last. */
  get queues(): ReadonlyMap<string, QueueState> {
    return this.#watch.states;
  }

  open(): Promise<void> {
    return this.#channel.open();
  }

  /**
   * Resolves once the broker has it on disk, in every queue that it is for. While the broker is away it waits; rejects with
   * NotConfirmedError when nobody knows what became of it, when no queue takes it, and when this publisher closes.
   */
  async publish(to: Destination, { messageId, body, headers = {} }: OutgoingMessage): Promise<void> {
    while (this.#channel.current === null || this.#unconfirmed >= unconfirmedMax) await this.#room();
    const channel = this.#channel.current;
    const [exchange, routingKey] =
      'queue' in to ? ['', this.names.queue(to.queue)] : [this.names.events, to.routingKey];
    const attempt = ++this.#attempts;
    this.#unconfirmed += 1;
    this.#confirms.sent();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#open.set(attempt, { resolve, reject });
        channel.publish(
          exchange,
          routingKey,
          Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
          {
            ...{ messageId, headers: { ...headers, 'x-attempt': String(attempt) }, persistent: true },
            // An event that nobody subscribed to has nobody who misses it.
            mandatory: 'queue' in to || isListenedTo(to.routingKey),
            ...{ contentType: 'application/json', timestamp: Math.floor(Date.now() / 1_000) },
          },
          (error) => {
            if (this.#channel.current === channel) this.#confirms.answered();
            if (error) reject(new NotConfirmedError('RabbitMQ refused the message'));
            else resolve();
          },
        );
      });
      if (this.#returned.delete(String(attempt))) {
        throw new NotConfirmedError(`no queue takes messages of ${exchange || 'the queue'} ${routingKey}`);
      }
    } finally {
      this.#open.delete(attempt);
      this.#unconfirmed -= 1;
      this.#waiting.shift()?.resolve();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#looking);
    this.#lose(new NotConfirmedError('this program stops'));
    for (const { reject } of this.#waiting.splice(0)) reject(new NotConfirmedError('this program stops'));
    await this.#channel.close();
  }

  #room(): Promise<void> {
    if (this.#closed) throw new NotConfirmedError('this program stops');
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async #prepare(channel: ConfirmChannel, model: ChannelModel): Promise<void> {
    channel.on('return', (message: Message) => this.#returned.add(String(message.properties.headers?.['x-attempt'])));
    await this.#watch.look(model);
    // What was deleted by hand is there again.
    await assertTopology(channel, this.names);
  }

  #opened(channel: ConfirmChannel, model: ChannelModel): void {
    this.#wasConnected = true;
    this.#lookAgain(model, channel);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Somebody may delete a queue by hand. */
  #lookAgain(model: ChannelModel, channel: ConfirmChannel): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(async () => {
      if (this.#channel.current !== channel) return;
      await this.#watch
        .look(model)
        .catch((error) => this.log.warn({ err: error }, 'the queues could not be looked at'));
      if (this.#channel.current === channel && !this.#closed) this.#lookAgain(model, channel);
    }, lookEveryMs).unref();
  }

  #lose(error: Error): void {
    this.#returned.clear();
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
