import type { Logger } from 'pino';
import { type Database, inTransaction } from '../database.js';
import { Repeating } from '../repeating.js';
import { untried } from './delivery-rows.js';

const everyMs = 60_000;
/** Of one statement, and statements of one round. */
const rowsMax = 2_000;
const statementsMax = 25;

/** Days. What waits for longer is given up; what has ended is kept for a while, to be looked at and sent again. */
export const kept = { waiting: 30, delivered: 7, failed: 30, replays: 30, strayEvents: 90 } as const;

const givenUp = `it waited for more than ${kept.waiting} days`;

/** Takes away what nobody needs any more, a little at a time. */
export function openCleanUp(database: Database, log: Logger): Repeating {
  return new Repeating({
    async work(signal) {
      for (const step of [giveUpWaiting, deleteEnded, deleteOfDeleted]) {
        for (let i = 0; i < statementsMax && !signal.aborted; i++) if ((await step(database)) < rowsMax) break;
      }
      await deleteRest(database);
      return everyMs;
    },
    failed: (error) =>
      log.warn({ err: error }, 'old webhook deliveries could not be taken away: trying again in a minute'),
    retryMs: everyMs,
  });
}

/** Of each endpoint the oldest first, by the index of what waits. */
export async function giveUpWaiting(database: Database): Promise<number> {
  const { rowCount } = await database.query(
    `UPDATE webhook_deliveries SET ${untried('$2')}
      WHERE delivery_id IN (
        SELECT d.delivery_id FROM webhooks w CROSS JOIN LATERAL (
          SELECT o.delivery_id, o.created_at FROM webhook_deliveries o WHERE o.webhook_id = w.webhook_id AND o.status = 'PENDING'
           ORDER BY o.delivery_id LIMIT ${rowsMax}) d
         WHERE d.created_at < clock_timestamp() - make_interval(days => $1) LIMIT ${rowsMax})
        AND status = 'PENDING' AND coalesce(leased_until, '-infinity') <= clock_timestamp()`,
    [kept.waiting, givenUp],
  );
  return rowCount ?? 0;
}

export function deleteEnded(database: Database): Promise<number> {
  return deleteDeliveries(
    database,
    `SELECT delivery_id FROM webhook_deliveries
      WHERE status <> 'PENDING' AND ended_at < clock_timestamp() - make_interval(days => CASE status WHEN 'DELIVERED' THEN ${kept.delivered} ELSE ${kept.failed} END)
      ORDER BY ended_at LIMIT ${rowsMax}`,
    // Looked at once more when the row is locked: somebody may have had it sent again meanwhile.
    `AND status <> 'PENDING'`,
  );
}

export function deleteOfDeleted(database: Database): Promise<number> {
  return deleteDeliveries(
    database,
    `SELECT d.delivery_id FROM webhooks w CROSS JOIN LATERAL (
       SELECT delivery_id FROM webhook_deliveries o WHERE o.webhook_id = w.webhook_id LIMIT ${rowsMax}) d
      WHERE w.deleted_at < clock_timestamp() - interval '1 minute' LIMIT ${rowsMax}`,
  );
}

/** Events go with their last delivery. (One that somebody wants again this moment has been marked so, and stays.) */
function deleteDeliveries(database: Database, which: string, still = ''): Promise<number> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<{ event_id: string }>(
      `DELETE FROM webhook_deliveries WHERE delivery_id IN (${which}) ${still} RETURNING event_id`,
    );
    await client.query(
      `DELETE FROM webhook_events e WHERE e.event_id = ANY ($1) AND e.received_at < clock_timestamp() - interval '1 minute'
          AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.event_id)`,
      [[...new Set(rows.map(({ event_id }) => event_id))].sort()],
    );
    return rows.length;
  });
}

export async function deleteRest(database: Database): Promise<void> {
  await database.query('DELETE FROM webhook_secrets WHERE expires_at < clock_timestamp()');
  await database.query(
    `DELETE FROM webhook_replays WHERE replay_id IN (
       SELECT replay_id FROM webhook_replays WHERE finished_at < clock_timestamp() - make_interval(days => $1) LIMIT ${rowsMax})`,
    [kept.replays],
  );
  await database.query(
    `DELETE FROM webhook_events WHERE event_id IN (
       SELECT e.event_id FROM webhook_events e
        WHERE e.received_at < clock_timestamp() - make_interval(days => $1)
          AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.event_id) ORDER BY e.received_at LIMIT ${rowsMax})`,
    [kept.strayEvents],
  );
}
