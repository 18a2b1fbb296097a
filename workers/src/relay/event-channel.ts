import type { ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { ConfirmClock } from '../broker/confirm-clock.js';
import { LastingChannel } from '../broker/lasting-channel.js';
import { type BrokerNames, isListenedTo } from '../broker/topology.js';
import type { EventsMessage } from './batch-messages.js';

/** UNTAKEN: a queue refused it, because it is full, or the platform's own queue is gone (it is made again). */
export type Confirmation = 'TAKEN' | 'UNTAKEN';

/** Publishes events, in the order in which it is told to, on a connection of their own. */
export class EventChannel {
  readonly #channel: LastingChannel<ConfirmChannel>;
  readonly #returned = new Set<string>();
  /** There are two dozen. */
  readonly #keys = new Map<string, boolean>();
  readonly #confirms = new ConfirmClock();

  constructor(
    url: string,
    private readonly names: BrokerNames,
    log: Logger,
    /** A channel was opened, or is gone: what was on its way must be published again. */
    onChange: () => void,
  ) {
    this.#channel = new LastingChannel({
      ...{ url, name: 'smart-wallet relay', log },
      make: (model) => model.createConfirmChannel(),
      prepare: (channel) => this.#prepare(channel),
      opened: onChange,
      confirms: this.#confirms,
      lost: () => {
        this.#returned.clear();
        onChange();
      },
    });
  }

  get isOpen(): boolean {
    return this.#channel.current !== null;
  }

  open(): Promise<void> {
    return this.#channel.open();
  }

  /** Only while it is open. `confirmed` is not called when the channel goes: `onChange` says so. */
  publish({ messageId, routingKey, body }: EventsMessage, confirmed: (confirmation: Confirmation) => void): void {
    const channel = this.#channel.current as ConfirmChannel;
    const options = {
      ...{ messageId, persistent: true, contentType: 'application/json' },
      // Without a subscriber there is nobody to miss it. Where the platform itself listens, coming back means that its queue is gone.
      mandatory: this.#listenedTo(routingKey),
    };
    this.#confirms.sent();
    channel.publish(this.names.events, routingKey, body, options, (error) => {
      if (this.#channel.current !== channel) return;
      this.#confirms.answered();
      const returned = this.#returned.delete(messageId);
      confirmed(error || returned ? 'UNTAKEN' : 'TAKEN');
    });
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  #listenedTo(key: string): boolean {
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = isListenedTo(key);
      this.#keys.set(key, known);
    }
    return known;
  }

  async #prepare(channel: ConfirmChannel): Promise<void> {
    channel.on('return', (message: Message) => this.#returned.add(String(message.properties.messageId)));
    await channel.assertExchange(this.names.events, 'topic', { durable: true });
  }
}
