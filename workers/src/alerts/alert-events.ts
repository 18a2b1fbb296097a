import type { Logger } from 'pino';
import type { Publisher } from '../broker/publisher.js';
import type { Database } from '../database.js';
import type { LedgerEvent } from '../relay/event.js';

const eventsAtOnce = 50;

export interface AlertEventRow {
  sequence: string;
  event_id: string;
  type: LedgerEvent['type'];
  occurred_at: Date;
  data: Record<string, unknown>;
}

/**
 * Publishes what was raised and resolved, in order, and marks it once the broker has it. Killed in between it publishes the same again,
 * with the same ids. Returns how many. Rejects while the broker, or a queue that takes them, is away.
 */
export async function publishAlertEvents(database: Database, publisher: Publisher): Promise<number> {
  const { rows } = await database.query<AlertEventRow>(
    `SELECT sequence, event_id, type, occurred_at, data FROM alert_events WHERE published_at IS NULL ORDER BY sequence LIMIT ${eventsAtOnce}`,
  );
  for (const row of rows) {
    const { sequence, event_id: eventId } = row;
    const event = alertEvent(row);
    await publisher.publish(
      { routingKey: 'alerts.0' },
      { messageId: eventId, body: { messageId: eventId, shard: 0, events: [event] } },
    );
    await database.query('UPDATE alert_events SET published_at = clock_timestamp() WHERE sequence = $1', [sequence]);
  }
  return rows.length;
}

export function alertEvent({ sequence, event_id: eventId, type, occurred_at: at, data }: AlertEventRow): LedgerEvent {
  return {
    ...{ eventId, type, version: 1, occurredAt: at.toISOString() },
    ...{ partition: null, sequence: Number(sequence), data: data as LedgerEvent['data'] },
  };
}

/** One line, whatever their number, until it goes again. */
export class EventsTrouble {
  #isSaid = false;

  constructor(private readonly log: Logger) {}

  failed(error: unknown): void {
    if (!this.#isSaid)
      this.log.warn({ err: error }, 'events of alerts cannot be published: they are kept; trying again');
    this.#isSaid = true;
  }

  over(): void {
    this.#isSaid = false;
  }
}
