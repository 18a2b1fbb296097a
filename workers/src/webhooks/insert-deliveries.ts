import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { LedgerEvent } from '../relay/event.js';
import { isOlder, type Subscription, wants } from './subscription.js';

export interface TextEvent {
  readonly event: Pick<LedgerEvent, 'eventId' | 'type' | 'partition' | 'sequence'> & {
    readonly occurredAt?: string | undefined;
    readonly data: object;
  };
  /** As it is sent. */
  readonly text: string;
}

/** Of what came as it happened; a replay's own id stands in its deliveries. */
export const live = '00000000-0000-0000-0000-000000000000';

/** Makes deliveries of the events for each endpoint that wants them, in order, once for each origin. Returns how many are new. */
export async function insertDeliveries(
  client: Pick<ClientBase, 'query'>,
  events: readonly TextEvent[],
  subscriptions: readonly Subscription[],
  origin = live,
): Promise<number> {
  const rows: DeliveryRow[] = [];
  for (const { event, text } of events) {
    for (const subscription of subscriptions) {
      if (!wants(subscription, event) || (origin === live && isOlder(subscription, event.occurredAt))) continue;
      rows.push({ id: uuidv7(), webhookId: subscription.webhookId, eventId: event.eventId, type: event.type, text });
    }
  }
  // In the order of the events' ids, from the first piece to the last: two that write the same ones wait for each other instead of both.
  rows.sort((a, b) => (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0));
  let made = 0;
  for (let i = 0; i < rows.length; i += rowsMax) made += await insertPiece(client, rows.slice(i, i + rowsMax), origin);
  return made;
}

/** Of one statement. */
const rowsMax = 5_000;

interface DeliveryRow {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: string;
  readonly text: string;
}

/** An event that is there is marked as wanted again, so that nobody who cleans up takes it away before the deliveries of it are committed. */
async function insertPiece(
  client: Pick<ClientBase, 'query'>,
  rows: readonly DeliveryRow[],
  origin: string,
): Promise<number> {
  const payloads = new Map(rows.map(({ eventId, text }) => [eventId, text]));
  await client.query({
    name: 'webhooks events',
    text: `INSERT INTO webhook_events (event_id, payload) SELECT * FROM unnest($1::uuid[], $2::text[]) AS e (id, text) ORDER BY id
             ON CONFLICT (event_id) DO UPDATE SET received_at = clock_timestamp()`,
    values: [[...payloads.keys()], [...payloads.values()]],
  });
  const { rowCount } = await client.query({
    name: 'webhooks deliveries',
    text: `INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, origin)
             SELECT id, webhook_id, event_id, type, $5 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
               WITH ORDINALITY AS d (id, webhook_id, event_id, type, place) ORDER BY event_id, webhook_id
             ON CONFLICT (event_id, webhook_id, origin) DO NOTHING`,
    values: [
      rows.map(({ id }) => id),
      rows.map(({ webhookId }) => webhookId),
      rows.map(({ eventId }) => eventId),
      rows.map(({ type }) => type),
      origin,
    ],
  });
  return rowCount ?? 0;
}

/** Those that events go to: whoever is paused has them once it is resumed. */
export async function subscriptions(
  client: Pick<ClientBase, 'query'>,
  webhookId: string | null = null,
): Promise<Subscription[]> {
  const { rows } = await client.query<{
    webhook_id: string;
    event_types: string[];
    wallet_ids: string[] | null;
    created_at: Date;
  }>(
    `SELECT webhook_id, event_types, wallet_ids::text[], created_at FROM webhooks
      WHERE deleted_at IS NULL AND status <> 'DISABLED' AND ($1::uuid IS NULL OR webhook_id = $1)`,
    [webhookId],
  );
  return rows.map((row) => ({
    ...{ webhookId: row.webhook_id, eventTypes: row.event_types },
    ...{ walletIds: row.wallet_ids, createdAt: row.created_at },
  }));
}
