import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerConnection } from './broker-connection.js';
import type { ConfirmClock } from './confirm-clock.js';

const reopenMs = { first: 200, max: 5_000 } as const;
/**
 * Of messages that were sent no answer comes, although the connection lives: the queue that they went to may be gone from under them, and then
 * nobody will ever answer. They are published again on another channel.
 */
const defaultSilenceMaxMs = 15_000;
const lookEveryMs = 1_000;

export interface LastingChannelOptions<T extends Channel> {
  readonly url: string;
  /** For people. */
  readonly name: string;
  readonly log: Logger;
  /** Opens one. */
  readonly make: (model: ChannelModel) => Promise<T>;
  /** Run before it counts as open. Throwing makes another attempt, and so does a broker that closes it. */
  readonly prepare: (channel: T, model: ChannelModel) => Promise<void>;
  readonly opened?: (channel: T, model: ChannelModel) => void;
  /** It is gone: what was on its way may have arrived, or not. */
  readonly lost?: () => void;
  /** Of what was sent on it. */
  readonly confirms?: ConfirmClock;
  readonly silenceMaxMs?: number;
}

/**
 * A channel on a connection of its own that is there again whatever happens to either.
 *
 * A lost connection comes back by itself, and opens a channel. The broker closes a channel alone where it does not like what it is told: a
 * queue or an exchange is gone, or is another one. Then nobody but us opens the next, on the connection that lives, until it works.
 */
export class LastingChannel<T extends Channel> {
  readonly #connection: BrokerConnection;
  #current: T | null = null;
  /** The connection that lives. */
  #model: ChannelModel | null = null;
  #closed = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly options: LastingChannelOptions<T>) {
    const { url, name, log } = options;
    this.#connection = new BrokerConnection(url, name, log, (model) => this.#connected(model));
  }

  /** Null: there is none now. */
  get current(): T | null {
    return this.#current;
  }

  /** Returns at once. */
  open(): Promise<void> {
    if (this.options.confirms) this.#looking = setInterval(() => this.#closeSilent(), lookEveryMs).unref();
    return this.#connection.open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    this.#current = null;
    await this.#connection.close();
  }

  async #connected(model: ChannelModel): Promise<void> {
    this.#model = model;
    model.once('close', () => {
      if (this.#model === model) this.#model = null;
    });
    await this.#open(model);
  }

  async #open(model: ChannelModel): Promise<void> {
    const { make, prepare, opened, lost, log, name } = this.options;
    const channel = await make(model);
    let isOpen = true;
    channel.on('error', (error) => log.warn({ err: error, channel: name }, 'RabbitMQ closed a channel'));
    channel.on('close', () => {
      isOpen = false;
      if (this.#current !== channel) return;
      this.#current = null;
      this.options.confirms?.forget();
      lost?.();
      this.#openAgain(model, reopenMs.first);
    });
    try {
      await prepare(channel, model);
    } catch (error) {
      // Not every refusal closes it.
      channel.close().catch(() => {});
      throw error;
    }
    if (!isOpen) throw new Error('RabbitMQ closed the channel');
    if (this.#closed) return;
    this.#current = channel;
    opened?.(channel, model);
  }

  #closeSilent(): void {
    const { confirms, log, name, silenceMaxMs = defaultSilenceMaxMs } = this.options;
    if (this.#current === null || (confirms?.silentMs ?? 0) < silenceMaxMs) return;
    confirms?.forget(); // it closes once
    log.warn({ channel: name }, 'RabbitMQ has not answered for a while: what was sent is published again');
    this.#current.close().catch(() => {});
  }

  /** Where the connection went with the channel, the next connection opens one. */
  #openAgain(model: ChannelModel, pauseMs: number): void {
    setTimeout(async () => {
      if (this.#closed || this.#current !== null || this.#model !== model) return;
      try {
        await this.#open(model);
      } catch (error) {
        this.options.log.warn({ err: error, channel: this.options.name }, 'a channel cannot be opened: trying again');
        this.#openAgain(model, Math.min(pauseMs * 2, reopenMs.max));
      }
    }, pauseMs).unref();
  }
}
