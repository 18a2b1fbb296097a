import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { allQueues, assertTopology, type BrokerNames } from './topology.js';

export interface QueueState {
  /** Messages that nobody has taken yet. */
  readonly depth: number;
  readonly consumers: number;
}

/** Is told which queues were there, and which had to be made. */
export interface QueueBook {
  write(there: readonly string[], made: readonly string[]): Promise<void>;
  /** They were there for a while, on one connection. */
  settle(queues: readonly string[]): Promise<void>;
  /** True: this queue never settled, and nobody else makes it again now. */
  claim(queue: string): Promise<boolean>;
}

/** A queue answers within milliseconds. */
const answerMs = 3_000;
/** What RabbitMQ notes of a new queue is on its disk after seconds. */
const settlesMs = 60_000;

/**
 * Looks whether all of the platform's queues are there, how full they are, and makes what is missing.
 *
 * RabbitMQ notes a quorum queue in two places, and writes one of them seconds later. Where it is killed in between, the queue is listed when it
 * comes back, but nobody answers for it: it can be declared, and whatever is published to it is never confirmed. So every new
 * connection asks the queues that seem empty. One without an answer that has never settled is deleted and made again, which is a loss like
 * any other. One that has settled is left alone: a cluster without its majority looks the same, and has all of its messages.
 */
export class QueueWatch {
  /** As they were found last. */
  states: ReadonlyMap<string, QueueState> = new Map();
  readonly #told = new Set<string>();
  #writing = false;
  /** Made, and not written down yet. */
  readonly #made = new Set<string>();
  /** Of this connection: what has answered, or will not; and since when it is looked at. */
  #connection: { model: ChannelModel; asked: Set<string>; since: number; isSettled: boolean } | null = null;

  constructor(
    private readonly names: BrokerNames,
    private readonly book: QueueBook | undefined,
    private readonly log: Logger,
  ) {}

  /** Throws where the broker does not answer, or refuses. */
  async look(model: ChannelModel): Promise<void> {
    const states = new Map<string, QueueState>();
    const missing: string[] = [];
    let channel: Channel | null = null;
    for (const queue of allQueues(this.names)) {
      channel ??= await openChannel(model);
      try {
        const { messageCount, consumerCount } = await channel.checkQueue(queue);
        states.set(queue, { depth: messageCount, consumers: consumerCount });
      } catch (error) {
        if ((error as { code?: number }).code !== 404) throw error;
        missing.push(queue);
        channel = null; // the broker has closed it
      }
    }
    missing.push(...(await this.#forgotten(model, states)));
    channel ??= await openChannel(model);
    if (this.states.size === 0 || missing.length > 0) await assertTopology(channel, this.names);
    await channel.close();
    this.states = states;
    for (const queue of missing) this.#made.add(queue);
    void this.#write([...states.keys()].filter((queue) => !this.#told.has(queue) && !this.#made.has(queue)));
  }

  /** Those that the broker lists and does not know: deleted now. */
  async #forgotten(model: ChannelModel, states: Map<string, QueueState>): Promise<string[]> {
    if (this.#connection?.model !== model) {
      this.#connection = { model, asked: new Set(), since: performance.now(), isSettled: false };
    }
    const { asked } = this.#connection;
    const silent = await Promise.all(
      [...states].map(async ([queue, { depth, consumers }]) => {
        if (asked.has(queue) || depth > 0 || consumers > 0 || (await answers(model, queue))) asked.add(queue);
        return asked.has(queue) ? null : queue;
      }),
    );
    const deleted: string[] = [];
    for (const queue of silent) {
      if (queue === null || !(await this.#mayDelete(queue))) continue;
      // Somebody else may have made it again meanwhile.
      if (await answers(model, queue)) continue;
      const channel = await openChannel(model);
      await channel.deleteQueue(queue);
      await channel.close();
      states.delete(queue);
      deleted.push(queue);
    }
    return deleted;
  }

  async #mayDelete(queue: string): Promise<boolean> {
    const mayDelete = await this.book?.claim(queue).catch(() => false);
    if (!mayDelete) {
      this.log.error(
        { queue },
        'a queue does not answer: if RabbitMQ has its majority, delete the queue by hand, and it is made again',
      );
    }
    return mayDelete === true;
  }

  /** Nothing waits for it. Where it fails, the next look tries again. */
  async #write(there: readonly string[]): Promise<void> {
    const made = [...this.#made];
    const settled = this.#settled();
    if (this.#writing || (made.length === 0 && there.length === 0 && settled.length === 0)) return;
    this.#writing = true;
    try {
      await this.book?.write(there, made);
      for (const queue of made) this.#made.delete(queue);
      for (const queue of [...there, ...made]) this.#told.add(queue);
      // One that was made again begins anew.
      if (made.length > 0 && this.#connection) this.#connection.since = performance.now();
      else if (settled.length > 0) {
        await this.book?.settle(settled);
        if (this.#connection) this.#connection.isSettled = true;
      }
    } catch {
      // Postgres is away.
    } finally {
      this.#writing = false;
    }
  }

  #settled(): string[] {
    const connection = this.#connection;
    if (connection === null || connection.isSettled || performance.now() - connection.since < settlesMs) return [];
    return [...connection.asked];
  }
}

/** Asked for a message, of which an empty queue has none. Any answer is one: who allows one consumer at a time refuses. */
async function answers(model: ChannelModel, queue: string): Promise<boolean> {
  const channel = await openChannel(model);
  const answer = channel.get(queue).then(
    (message) => {
      // It came this moment.
      if (message) channel.nack(message);
      channel.close().catch(() => {});
      return true;
    },
    (error: { code?: number }) => error.code !== undefined,
  );
  return Promise.race([answer, sleep(answerMs, false, { ref: false })]);
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => {}); // what fails rejects
  return channel;
}
