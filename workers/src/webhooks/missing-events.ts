import type { Logger } from 'pino';
import { queues } from '../broker/topology.js';
import { type Database, inTransaction } from '../database.js';
import { Repeating } from '../repeating.js';
import { insertDeliveries, subscriptions } from './insert-deliveries.js';
import { askForTheRest, beginMarks } from './lost-events.js';
import { alertEventsAfter, type RangePosition } from './range-events.js';

const lookEveryMs = 5_000;
/** Found at the start: one of before. */
const oldestHours = 24;
const hourMs = 3_600_000;
/** What the broker has, and nobody takes out of an empty queue for so long, is with no worker either. */
export const lostAfterMs = 30_000;

/**
 * A queue that is gone takes events with it. Where more come, the hole is seen; where none do, nobody would see it. So it is looked whether
 * the broker took events of a partition that never came out of the queue: at once where a queue is known to be lost, and after a while in
 * any case, since a broker may lose what is in a queue without losing the queue. Events of alerts have no partition, and their numbers no mark: where a
 * queue was lost, deliveries are made of all of the last day, and those that are there stay as they are.
 */
export class MissingEvents extends Repeating {
  #seen = '0';
  #seenForAlerts = '0';
  /** The mark of each partition that is behind, and since when. */
  readonly #behind = new Map<number, { mark: number; sinceMs: number }>();

  constructor(
    private readonly database: Database,
    /** Messages in the queue; undefined: nobody knows. */
    private readonly depth: () => number | undefined,
    private readonly log: Logger,
  ) {
    super({
      work: async () => {
        await this.#look();
        return lookEveryMs;
      },
      failed: (error) => log.warn({ err: error }, 'events that are missing could not be looked up: trying again'),
      retryMs: lookEveryMs,
    });
  }

  async #look(): Promise<void> {
    await beginMarks(this.database);
    const lostQueue = await this.#lastLostQueue();
    if (lostQueue !== null && lostQueue !== this.#seenForAlerts) {
      const made = await deliverAlertsOfTheLastDay(this.database);
      this.#seenForAlerts = lostQueue;
      if (made > 0)
        this.log.error(
          { deliveries: made },
          'events of alerts were lost with a queue: webhooks get them from the tables',
        );
    }
    const { rows } = await this.database.query<{ partition: number; mark: string }>(
      `SELECT i.partition, i.sequence AS mark FROM webhook_intake i JOIN relay_partitions r USING (partition) WHERE r.sequence > i.sequence`,
    );
    // What is in the queue is not lost: it comes first.
    if (this.depth() !== 0) return this.#behind.clear();
    const nowMs = performance.now();
    const before = new Map(this.#behind);
    this.#behind.clear();
    for (const { partition, mark } of rows) {
      const known = before.get(partition);
      const isSame = known?.mark === Number(mark);
      this.#behind.set(partition, { mark: Number(mark), sinceMs: isSame ? known.sinceMs : nowMs });
    }
    const incident = lostQueue ?? this.#seen;
    const lost = rows
      .map(({ partition }) => partition)
      .filter(
        (partition) =>
          incident !== this.#seen || nowMs - (this.#behind.get(partition)?.sinceMs ?? nowMs) >= lostAfterMs,
      );
    if (lost.length === 0) return;
    const holes = await inTransaction(this.database, (client) => askForTheRest(client, lost));
    this.#seen = incident;
    for (const hole of holes)
      this.log.error(hole, 'events for webhooks are in no queue any more: the relay is asked to publish them again');
  }

  /** The newest loss of the queue of webhooks; null: there was none. */
  async #lastLostQueue(): Promise<string | null> {
    const { rows } = await this.database.query<{ incident_id: string }>(
      `SELECT incident_id FROM broker_incidents
        WHERE at > clock_timestamp() - make_interval(hours => $1) AND what = 'QUEUE_LOST' AND right(queue, length($2)) = $2
        ORDER BY incident_id DESC LIMIT 1`,
      [oldestHours, queues.webhooks.name],
    );
    return rows[0]?.incident_id ?? null;
  }
}

/** What was delivered is kept for longer than a day: nothing is sent twice for this. Returns how many deliveries are new. */
async function deliverAlertsOfTheLastDay(database: Database): Promise<number> {
  const to = new Date();
  const from = new Date(to.getTime() - oldestHours * hourMs);
  let made = 0;
  let position: RangePosition = { from, to, at: null, engineId: null, batchSeq: null, alert: 0 };
  for (;;) {
    const piece = await alertEventsAfter(database, position);
    if (piece === null) return made;
    position = piece.position;
    made += await inTransaction(database, async (client) =>
      insertDeliveries(client, piece.events, await subscriptions(client)),
    );
  }
}
