import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerConnection } from '../broker/broker-connection.js';
import { type BrokerNames, isListenedTo } from '../broker/topology.js';
import type { EventsMessage } from './batch-messages.js';

const reopenChannelMs = 200;

/** UNTAKEN: a queue refused it, because it is full, or the platform's own queue is gone (it is made again). */
export type Confirmation = 'TAKEN' | 'UNTAKEN';

/** Publishes events, in the order in which it is told to, on a connection of their own. */
export class EventChannel {
  readonly #connection: BrokerConnection;
  readonly #returned = new Set<string>();
  /** There are two dozen. */
  readonly #keys = new Map<string, boolean>();
  #channel: ConfirmChannel | null = null;
  #closed = false;

  constructor(
    url: string,
    private readonly names: BrokerNames,
    private readonly log: Logger,
    /** A channel was opened, or is gone: what was on its way must be published again. */
    private readonly onChange: () => void,
  ) {
    this.#connection = new BrokerConnection(url, 'smart-wallet relay', log, (model) => this.#openChannel(model));
  }

  get isOpen(): boolean {
    return this.#channel !== null;
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  /** Only while it is open. `confirmed` is not called when the channel goes: `onChange` says so. */
  publish({ messageId, routingKey, body }: EventsMessage, confirmed: (confirmation: Confirmation) => void): void {
    const channel = this.#channel as ConfirmChannel;
    const options = {
      ...{ messageId, persistent: true, contentType: 'application/json' },
      // Without a subscriber there is nobody to miss it. Where the platform itself listens, coming back means that its queue is gone.
      mandatory: this.#listenedTo(routingKey),
    };
    channel.publish(this.names.events, routingKey, body, options, (error) => {
      if (this.#channel !== channel) return;
      const returned = this.#returned.delete(messageId);
      confirmed(error || returned ? 'UNTAKEN' : 'TAKEN');
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#channel = null;
    await this.#connection.close();
  }

  #listenedTo(key: string): boolean {
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = isListenedTo(key);
      this.#keys.set(key, known);
    }
    return known;
  }

  async #openChannel(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('return', (message: Message) => this.#returned.add(String(message.properties.messageId)));
    channel.on('error', (error) => this.log.warn({ err: error }, 'RabbitMQ closed the relay\u2019s channel'));
    channel.on('close', () => {
      if (this.#channel !== channel) return;
      this.#channel = null;
      this.#returned.clear();
      this.onChange();
      // Where the connection went with it, the next one opens a channel; where it did not, nobody else would.
      setTimeout(() => {
        if (!this.#closed && this.#channel === null) this.#openChannel(model).catch(() => {});
      }, reopenChannelMs).unref();
    });
    await channel.assertExchange(this.names.events, 'topic', { durable: true });
    if (this.#closed) return;
    this.#channel = channel;
    this.onChange();
  }
}
