import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { QueueBook } from './queue-watch.js';

/** Several programs make a lost queue at once: it is one incident. */
const sameIncident = '5 seconds';
/** Longer than it takes to make one again. */
const claimFor = '30 seconds';

/** Knows which queues there were: one of them that has to be made again was lost, with what lay in it, and that is an incident. */
export function openQueueBook(database: Database, log: Logger): QueueBook {
  return {
    async write(there, made) {
      const { rows } = await database.query<{ queue: string }>(
        `WITH lost AS (
           UPDATE broker_queues SET made_at = clock_timestamp(), settled_at = NULL
            WHERE queue = ANY ($2) AND made_at < clock_timestamp() - $3::interval RETURNING queue
         ), new AS (
           INSERT INTO broker_queues (queue) SELECT unnest($1::text[] || $2::text[]) ON CONFLICT DO NOTHING
         )
         INSERT INTO broker_incidents (what, queue) SELECT 'QUEUE_LOST', queue FROM lost RETURNING queue`,
        [there, made, sameIncident],
      );
      for (const { queue } of rows) {
        log.error(
          { queue },
          'a queue was lost, and is made again: have what is missing replayed (POST /api/events/replay)',
        );
      }
    },
    async settle(queues) {
      await database.query(
        'UPDATE broker_queues SET settled_at = clock_timestamp() WHERE queue = ANY ($1) AND settled_at IS NULL',
        [queues],
      );
    },
    async claim(queue) {
      const { rowCount } = await database.query(
        `INSERT INTO broker_queues AS b (queue, claimed_until) VALUES ($1, clock_timestamp() + $2::interval)
           ON CONFLICT (queue) DO UPDATE SET claimed_until = excluded.claimed_until
           WHERE b.settled_at IS NULL AND coalesce(b.claimed_until, '-infinity') < clock_timestamp()`,
        [queue, claimFor],
      );
      return rowCount === 1;
    },
  };
}
