import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerConnection } from '../broker/broker-connection.js';
import type { EventMessage } from '../relay/event.js';
import { SeenEvents } from './seen-events.js';

/** A stranger who subscribes to all events, with a durable queue of its own. Messages count when they are taken, and are taken once. */
export class EventSubscriber {
  readonly #connection: BrokerConnection;
  #channel: Channel | null = null;

  constructor(
    url: string,
    private readonly exchange: string,
    private readonly queue: string,
    log: Logger,
    readonly seen = new SeenEvents(),
    private readonly queueArguments: Record<string, unknown> = { 'x-queue-type': 'quorum' },
  ) {
    this.#connection = new BrokerConnection(url, `subscriber ${queue}`, log, (model) => this.#listen(model));
  }

  get isListening(): boolean {
    return this.#channel !== null;
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  async close(): Promise<void> {
    await this.#channel?.deleteQueue(this.queue).catch(() => {});
    await this.#connection.close();
  }

  async #listen(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    channel.on('close', () => {
      this.#channel = null;
    });
    await channel.assertExchange(this.exchange, 'topic', { durable: true });
    await channel.assertQueue(this.queue, { durable: true, arguments: this.queueArguments });
    await channel.bindQueue(this.queue, this.exchange, '#');
    await channel.prefetch(200);
    await channel.consume(this.queue, (message) => {
      if (message === null)
        return void channel
          .close()
          .then(() => this.#listen(model))
          .catch(() => {});
      this.seen.take(JSON.parse(message.content.toString()) as EventMessage);
      channel.ack(message);
    });
    this.#channel = channel;
  }
}
