import type { Logger } from 'pino';
import type { Database } from '../database.js';
import { Repeating } from '../repeating.js';
import { endWaitingUnwanted, narrowedWebhooks } from './delivery-rows.js';

const lookEveryMs = 1_000;
const rowsMax = 1_000;
/** Between two pieces, so that however much waits others get at Postgres. */
const pauseMs = 30;

/**
 * Ends what waits for a webhook that does not want it any more, a piece at a time. Nothing of it is sent in any case, since the sender looks, too; but it
 * would wait in the way of the rest, and for ever where the webhook is PAUSED.
 */
export function openNarrowed(database: Database, log: Logger): Repeating {
  return new Repeating({
    async work() {
      const [narrowed] = await narrowedWebhooks(database);
      if (!narrowed) return lookEveryMs;
      const { ended } = await endWaitingUnwanted(database, narrowed, rowsMax);
      if (ended > 0)
        log.info(
          { webhookId: narrowed.webhook_id, ended },
          'deliveries that a webhook does not want any more are ended',
        );
      return pauseMs;
    },
    failed: (error) =>
      log.warn({ err: error }, 'deliveries that a webhook may not want any more could not be looked at: trying again'),
    retryMs: lookEveryMs,
  });
}
