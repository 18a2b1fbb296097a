import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { queues } from '../broker/topology.js';
import { type Database, inTransaction } from '../database.js';
import { askForTheRest } from './lost-events.js';

const lookEveryMs = 5_000;
/** Found at the start: one of before. */
const oldestHours = 24;

/**
 * A queue that was deleted took events with it. Where more come, the hole is seen; where none do, nobody would see it: so a loss is looked up
 * among the incidents.
 */
export class LostQueue {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #seen = '0';

  constructor(
    private readonly database: Database,
    /** Messages in the queue; undefined: nobody knows. */
    private readonly depth: () => number | undefined,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        this.log.warn({ err: error }, 'lost queues could not be looked up: trying again');
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { rows } = await this.database.query<{ incident_id: string }>(
      `SELECT incident_id FROM broker_incidents
        WHERE at > clock_timestamp() - make_interval(hours => $1) AND incident_id > $2 AND what = 'QUEUE_LOST'
          AND right(queue, length($3)) = $3
        ORDER BY incident_id DESC LIMIT 1`,
      [oldestHours, this.#seen, queues.webhooks.name],
    );
    const [incident] = rows;
    // What is in the queue is not lost: it comes first.
    if (!incident || this.depth() !== 0) return;
    const lost = await inTransaction(this.database, (client) => askForTheRest(client));
    this.#seen = incident.incident_id;
    for (const hole of lost)
      this.log.error(hole, 'a queue was lost: the relay is asked to publish what was in it again');
  }
}
