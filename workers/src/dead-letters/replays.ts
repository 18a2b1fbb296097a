import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Publisher } from '../broker/publisher.js';
import { type QueueName, queues } from '../broker/topology.js';
import { type Database, inTransaction } from '../database.js';

const lookEveryMs = 500;
const atOnce = 20;
/** Whoever publishes one and dies leaves it to another after it. */
const claimForMs = 60_000;
const tidyEveryMs = 60_000;
const tidiedAtOnce = 500;
/** Of what was replayed or deleted. */
const keptDays = 90;

/**
 * Has what a letter names tried again in the transaction, where a row says what is to be done and a message only names it. False: the
 * letter is not of that kind, and its message is published again.
 */
export type Revive = (client: PoolClient, payload: Buffer) => Promise<boolean>;

interface Letter {
  dead_letter_id: string;
  queue: string;
  message_id: string | null;
  payload: Buffer;
  headers: Record<string, unknown>;
}

/** Does what operators asked for: brings dead letters back to their queues, at least once each. */
export class Replays {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #tidiedAt = 0;

  constructor(
    private readonly database: Database,
    private readonly publisher: Publisher,
    private readonly revivers: Readonly<Partial<Record<QueueName, Revive>>>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        // While the broker is away nothing is claimed.
        if (this.publisher.connected) for (const letter of await this.#take()) await this.#replay(letter);
        await this.#tidy();
      } catch (error) {
        this.log.warn({ err: error }, 'dead letters that are to be replayed could not be looked up: trying again');
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #take(): Promise<Letter[]> {
    const { rows } = await this.database.query<Letter>(
      `UPDATE dead_letters SET claimed_until = clock_timestamp() + $2 * interval '1 ms'
        WHERE dead_letter_id IN (
          SELECT dead_letter_id FROM dead_letters
           WHERE status = 'REPLAYING' AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
           ORDER BY dead_letter_id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING dead_letter_id, queue, message_id, payload, headers`,
      [atOnce, claimForMs],
    );
    return rows;
  }

  async #replay(letter: Letter): Promise<void> {
    const about = { deadLetterId: letter.dead_letter_id, queue: letter.queue };
    const queue = (Object.keys(queues) as QueueName[]).find((key) => queues[key].name === letter.queue);
    if (queue === undefined) {
      this.log.error(about, 'a dead letter cannot be replayed, its queue is none of ours: it lies there again');
      await this.#end(this.database, letter, 'WAITING');
      return;
    }
    try {
      if (!(await this.#revived(letter, queue))) {
        await this.publisher.publish({ queue }, messageOf(letter));
        await this.#end(this.database, letter, 'REPLAYED');
      }
      this.log.info(about, 'a dead letter was replayed');
    } catch (error) {
      this.log.warn({ ...about, err: error }, 'a dead letter could not be replayed: it is tried again in a minute');
    }
  }

  #revived(letter: Letter, queue: QueueName): Promise<boolean> {
    return inTransaction(this.database, async (client) => {
      const isRevived = (await this.revivers[queue]?.(client, letter.payload)) ?? false;
      if (isRevived) await this.#end(client, letter, 'REPLAYED');
      return isRevived;
    });
  }

  async #end(client: Pick<PoolClient, 'query'>, letter: Letter, status: 'REPLAYED' | 'WAITING'): Promise<void> {
    await client.query(
      `UPDATE dead_letters SET status = $2, claimed_until = NULL, replayed_at = CASE WHEN $2 = 'REPLAYED' THEN clock_timestamp() END
        WHERE dead_letter_id = $1 AND status = 'REPLAYING'`,
      [letter.dead_letter_id, status],
    );
  }

  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedAt < tidyEveryMs) return;
    this.#tidiedAt = performance.now();
    await this.database.query(
      `DELETE FROM dead_letters WHERE dead_letter_id IN (
         SELECT dead_letter_id FROM dead_letters
          WHERE status IN ('REPLAYED', 'DELETED') AND dead_letter_id < uuid_at(clock_timestamp() - make_interval(days => $2))
          ORDER BY dead_letter_id LIMIT $1)`,
      [tidiedAtOnce, keptDays],
    );
  }
}

/** As it was, without what the broker noted on its way: its next death is another one. */
function messageOf({ dead_letter_id, message_id, payload, headers }: Letter) {
  const own = Object.entries(headers).filter(
    (entry): entry is [string, string | number] => /^(?!x-)/.test(entry[0]) && /string|number/.test(typeof entry[1]),
  );
  return {
    messageId: message_id ?? dead_letter_id,
    body: payload,
    headers: { ...Object.fromEntries(own), 'x-dead-letter': dead_letter_id },
  };
}
