import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import { LastingChannel } from './lasting-channel.js';
import type { BrokerNames, QueueName } from './topology.js';

export interface IncomingMessage {
  readonly messageId: string;
  /** What was published, as JSON; undefined: it is none, and the consumer takes anything. */
  readonly body: unknown;
  readonly raw: ConsumeMessage;
  /** Deliveries before this one that were not taken. */
  readonly failures: number;
}

/**
 * `DONE`: the queue may forget it. `AGAIN`: it comes again, until its queue's limit sends it to the dead letters; so does throwing.
 * `DEAD`: it will never be handled, whoever tries.
 */
export type Verdict = 'DONE' | 'AGAIN' | 'DEAD';

export interface ConsumerOptions {
  readonly queue: QueueName | 'deadLetters';
  /** What is not JSON, too. Without this it is nothing that could be handled. */
  readonly takesAnything?: boolean;
  /** Messages that are handled at a time. */
  readonly atOnce: number;
  readonly handle: (message: IncomingMessage) => Promise<Verdict>;
  /** The queue was deleted while it was listened to, and was made again: what lay in it is lost. */
  readonly onQueueLost?: () => void;
}

/** Before a message that failed is given back: without a pause its limit would be used up in a moment. */
const againMs = { first: 250, max: 10_000 } as const;

/** Takes messages of one queue, on a connection of its own. */
export class Consumer {
  readonly #channel: LastingChannel<Channel>;
  readonly #running = new Set<Promise<void>>();
  #consumerTag = '';
  readonly #stopping = new AbortController();

  constructor(
    url: string,
    readonly names: BrokerNames,
    private readonly options: ConsumerOptions,
    private readonly log: Logger,
  ) {
    this.#channel = new LastingChannel({
      ...{ url, name: `smart-wallet ${options.queue}`, log },
      make: (model) => model.createChannel(),
      prepare: (channel) => this.#listen(channel),
    });
  }

  get connected(): boolean {
    return this.#channel.current !== null;
  }

  get #queue(): string {
    const { queue } = this.options;
    return queue === 'deadLetters' ? this.names.deadLetters : this.names.queue(queue);
  }

  open(): Promise<void> {
    return this.#channel.open();
  }

  /** What is being handled is finished; the rest goes back to the queue. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const channel = this.#channel.current;
    await channel?.cancel(this.#consumerTag).catch(() => {});
    await Promise.allSettled(this.#running);
    // Acknowledgements travel before the close on the same channel.
    await channel?.close().catch(() => {});
    await this.#channel.close();
  }

  async #listen(channel: Channel): Promise<void> {
    // The publisher's connection makes it, and notices where it was lost.
    await channel.checkQueue(this.#queue);
    await channel.prefetch(this.options.atOnce);
    const { consumerTag } = await channel.consume(this.#queue, (message) => {
      if (message === null) return this.#queueGone(channel);
      const handling = this.#take(channel, message).finally(() => this.#running.delete(handling));
      this.#running.add(handling);
    });
    this.#consumerTag = consumerTag;
  }

  #queueGone(channel: Channel): void {
    this.log.error({ queue: this.options.queue }, 'the queue was deleted: it is made again, what lay in it is lost');
    this.options.onQueueLost?.();
    channel.close().catch(() => {});
  }

  async #take(channel: Channel, message: ConsumeMessage): Promise<void> {
    const failures = Number(message.properties.headers?.['x-delivery-count'] ?? 0);
    const verdict = await this.#handled(message, failures);
    if (verdict === 'AGAIN') {
      const pauseMs = Math.min(againMs.max, againMs.first * 2 ** failures);
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
    try {
      if (verdict === 'DONE') channel.ack(message);
      else channel.reject(message, verdict === 'AGAIN');
    } catch {
      // The channel is gone: the broker delivers it again.
    }
  }

  async #handled(message: ConsumeMessage, failures: number): Promise<Verdict> {
    const about = { queue: this.options.queue, messageId: message.properties.messageId as unknown, failures };
    try {
      const body = bodyOf(message, this.options.takesAnything ?? false);
      return await this.options.handle({
        messageId: String(message.properties.messageId),
        body,
        failures,
        raw: message,
      });
    } catch (error) {
      this.log.error({ ...about, err: error }, 'a message could not be handled: it comes again, up to its limit');
      return 'AGAIN';
    }
  }
}

function bodyOf({ content }: ConsumeMessage, takesAnything: boolean): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    if (takesAnything) return undefined;
    throw error;
  }
}
