import type { Channel, ChannelModel } from 'amqplib';
import { allQueues, assertTopology, type BrokerNames } from './topology.js';

export interface QueueState {
  /** Messages that nobody has taken yet. */
  readonly depth: number;
  readonly consumers: number;
}

/** Is told which queues were there, and which had to be made. */
export interface QueueBook {
  write(there: readonly string[], made: readonly string[]): Promise<void>;
}

/** Looks whether all of the platform's queues are there, how full they are, and makes what is missing. */
export class QueueWatch {
  /** As they were found last. */
  states: ReadonlyMap<string, QueueState> = new Map();
  readonly #told = new Set<string>();
  #writing = false;
  /** Made, and not written down yet. */
  readonly #made = new Set<string>();

  constructor(
    private readonly names: BrokerNames,
    private readonly book: QueueBook | undefined,
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
    channel ??= await openChannel(model);
    if (this.states.size === 0 || missing.length > 0) await assertTopology(channel, this.names);
    await channel.close();
    this.states = states;
    for (const queue of missing) this.#made.add(queue);
    void this.#write([...states.keys()].filter((queue) => !this.#told.has(queue) && !this.#made.has(queue)));
  }

  /** Nothing waits for it. Where it fails, the next look tries again. */
  async #write(there: readonly string[]): Promise<void> {
    const made = [...this.#made];
    if (this.#writing || (made.length === 0 && there.length === 0)) return;
    this.#writing = true;
    try {
      await this.book?.write(there, made);
      for (const queue of made) this.#made.delete(queue);
      for (const queue of [...there, ...made]) this.#told.add(queue);
    } catch {
      // Postgres is away.
    } finally {
      this.#writing = false;
    }
  }
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => {}); // what fails rejects
  return channel;
}
