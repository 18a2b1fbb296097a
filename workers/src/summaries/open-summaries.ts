import { setTimeout as sleep } from 'node:timers/promises';
import { Counter } from 'prom-client';
import { Consumer } from '../broker/consumer.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { makeSummary } from './make-summary.js';

const lookEveryMs = 2_000;
/** A message of which nothing came by then is published again: making a summary twice is prevented by its row. */
const queuedForMs = 600_000;
const queuedAtOnceMax = 20;
/** One that the broker did not take is published again after this: behind the others, which may go. */
const refusedForMs = 10_000;

/** Publishes each request that is open to the queue, and makes the summaries that the queue names. The rows are what is true. */
export function openSummaries({ database, publisher, names, config, metrics, log }: Surroundings): Part {
  const stopping = new AbortController();
  const counter = new Counter({
    name: 'wallet_workers_summaries_total',
    help: 'Summaries that were made: AI, or FALLBACK where no model wrote one',
    labelNames: ['type'],
    registers: [metrics],
  });
  const consumer = new Consumer(
    config.amqpUrl,
    names,
    {
      queue: 'summaries',
      atOnce: 1,
      handle: async ({ messageId }) => {
        const made = await makeSummary(database, config.model, messageId);
        if (typeof made === 'string') return 'DONE';
        counter.inc({ type: made.type });
        if (made.type === 'AI') log.info({ requestId: messageId }, 'a summary is made');
        else if (config.model !== null) {
          const about = { requestId: messageId, reason: made.reason };
          log.warn(about, 'a summary is the plain one: see OPENAI_* and MODEL_TOKENS_*, or ask for it once more');
        }
        return 'DONE';
      },
    },
    log,
  );
  const publishOpen = async () => {
    const { rows } = await database.query<{ request_id: string }>(
      `WITH begun AS (
         UPDATE summary_requests SET queued_until = clock_timestamp() + make_interval(secs => $1)
          WHERE request_id IN (SELECT request_id FROM summary_requests
                                WHERE summary_id IS NULL AND coalesce(queued_until, '-infinity') < clock_timestamp()
                                ORDER BY requested_at LIMIT $2 FOR UPDATE SKIP LOCKED)
          RETURNING request_id, requested_at)
       SELECT request_id FROM begun ORDER BY requested_at`,
      [queuedForMs / 1_000, queuedAtOnceMax],
    );
    const refused: { requestId: string; error: unknown }[] = [];
    const published = rows.map(({ request_id: requestId }) =>
      publisher
        .publish({ queue: 'summaries' }, { messageId: requestId, body: { requestId } })
        .catch((error) => void refused.push({ requestId, error })),
    );
    await Promise.all(published);
    if (refused.length === 0) return;
    await database.query(
      `UPDATE summary_requests SET queued_until = clock_timestamp() + make_interval(secs => $2) WHERE request_id = ANY ($1) AND summary_id IS NULL`,
      [refused.map(({ requestId }) => requestId), refusedForMs / 1_000],
    );
    throw refused[0]?.error;
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
