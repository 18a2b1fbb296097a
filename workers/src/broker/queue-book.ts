import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { QueueBook } from './queue-watch.js';

/** Several programs make a lost queue at once: it is one incident. */
const sameIncident = '5 seconds';

/** Knows which queues there were: one of them that has to be made again was lost, with what lay in it, and that is an incident. */
export function openQueueBook(database: Database, log: Logger): QueueBook {
  return {
    async write(there, made) {
      const { rows } = await database.query<{ queue: string }>(
        `WITH lost AS (
           UPDATE broker_queues SET made_at = clock_timestamp()
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
  };
}
