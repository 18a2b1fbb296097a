import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../broker/consumer.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { makeSummary } from './make-summary.js';

const lookEveryMs = 2_000;
/** A message of which nothing came by then is published again: making a summary twice is prevented by its row. */
const queuedForMs = 600_000;
const queuedAtOnceMax = 20;

/** Publishes each request that is open to the queue, and makes the summaries that the queue names. The rows are what is true. */
export function openSummaries({ database, publisher, names, config, log }: Surroundings): Part {
  const stopping = new AbortController();
  const consumer = new Consumer(
    config.amqpUrl,
    names,
    {
      queue: 'summaries',
      atOnce: 1,
      handle: async ({ messageId }) => ((await makeSummary(database, config.model, messageId)) ? 'DONE' : 'AGAIN'),
    },
    log,
  );
  const publishOpen = async () => {
    const { rows } = await database.query<{ request_id: string }>(
      `UPDATE summary_requests SET queued_until = clock_timestamp() + make_interval(secs => $1)
        WHERE request_id IN (SELECT request_id FROM summary_requests
                              WHERE summary_id IS NULL AND coalesce(queued_until, '-infinity') < clock_timestamp()
                              ORDER BY requested_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING request_id`,
      [queuedForMs / 1_000, queuedAtOnceMax],
    );
    for (const { request_id: messageId } of rows) {
      await publisher.publish({ queue: 'summaries' }, { messageId, body: { requestId: messageId } });
    }
  };
  const lookOn = async () => {
    while (!stopping.signal.aborted) {
      await publishOpen().catch((error) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'requests of summaries wait: they are published again');
      });
      await sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  return {
    name: 'summaries',
    async start() {
      await consumer.open();
      void lookOn();
    },
    async stop() {
      stopping.abort();
      await consumer.close();
    },
  };
}
