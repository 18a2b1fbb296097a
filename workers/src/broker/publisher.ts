import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerConnection } from './broker-connection.js';
import { type QueueBook, type QueueState, QueueWatch } from './queue-watch.js';
import { type BrokerNames, isListenedTo, type QueueName } from './topology.js';

/** Messages that were sent and are not confirmed yet: no more are sent before some are. */
const unconfirmedMax = 256;
const reopenChannelMs = 200;
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
  readonly #connection: BrokerConnection;
  readonly #watch: QueueWatch;
  #channel: ConfirmChannel | null = null;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;
  #unconfirmed = 0;
  /** Those that wait for a channel, or for room. */
  readonly #waiting: Waiting[] = [];
  /** Returned as nobody's, until their confirm comes, which follows. */
  readonly #returned = new Set<string>();
  /** The attempts that are on their way, by a number of each. */
  readonly #open = new Map<number, Waiting>();
  #attempts = 0;

  constructor(
    url: string,
    readonly names: BrokerNames,
    private readonly log: Logger,
    /** Knows which queues there were. */
    book?: QueueBook,
  ) {
    this.#watch = new QueueWatch(names, book);
    this.#connection = new BrokerConnection(url, 'smart-wallet publisher', log, (model) => this.#openChannel(model));
  }

  get connected(): boolean {
    return this.#channel !== null;
  }

  /** The platform's own queues, as they were found last. */
  get queues(): ReadonlyMap<string, QueueState> {
    return this.#watch.states;
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  /**
   * Resolves once the broker has it on disk, in every queue that it is for. While the broker is away it waits; rejects with
   * NotConfirmedError when nobody knows what became of it, when no queue takes it, and when this publisher closes.
   */
  async publish(to: Destination, { messageId, body, headers = {} }: OutgoingMessage): Promise<void> {
    while (this.#channel === null || this.#unconfirmed >= unconfirmedMax) await this.#room();
    const channel = this.#channel;
    const [exchange, routingKey] =
      'queue' in to ? ['', this.names.queue(to.queue)] : [this.names.events, to.routingKey];
    const attempt = ++this.#attempts;
    this.#unconfirmed += 1;
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
          (error) => (error ? reject(new NotConfirmedError('RabbitMQ refused the message')) : resolve()),
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
    await this.#connection.close();
  }

  #room(): Promise<void> {
    if (this.#closed) throw new NotConfirmedError('this program stops');
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async #openChannel(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('return', (message: Message) => this.#returned.add(String(message.properties.headers?.['x-attempt'])));
    channel.on('error', (error) => this.log.warn({ err: error }, 'RabbitMQ closed the publishers\u2019 channel'));
    channel.on('close', () => {
      if (this.#channel !== channel) return;
      this.#lose(new NotConfirmedError('RabbitMQ is gone'));
      // Where the connection went with it, the next one opens a channel; where it did not, nobody else would.
      setTimeout(() => {
        if (!this.#closed && this.#channel === null) this.#openChannel(model).catch(() => {});
      }, reopenChannelMs);
    });
    await this.#watch.look(model);
    await channel.checkExchange(this.names.events); // throws where the channel is gone already
    this.#channel = channel;
    this.#lookAgain(model, channel);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Somebody may delete a queue by hand. */
  #lookAgain(model: ChannelModel, channel: ConfirmChannel): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(async () => {
      if (this.#channel !== channel) return;
      await this.#watch
        .look(model)
        .catch((error) => this.log.warn({ err: error }, 'the queues could not be looked at'));
      if (this.#channel === channel && !this.#closed) this.#lookAgain(model, channel);
    }, lookEveryMs).unref();
  }

  #lose(error: Error): void {
    this.#channel = null;
    this.#returned.clear();
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
