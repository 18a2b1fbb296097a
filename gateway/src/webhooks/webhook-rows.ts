import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { DeliveryFilters, DeliveryStatus, WebhookFilters, WebhookStatus } from './webhook-requests.js';

export interface WebhookRow {
  webhook_id: string;
  url: string;
  event_types: string[];
  wallet_ids: string[] | null;
  description: string | null;
  status: WebhookStatus;
  status_reason: string | null;
  status_by: string;
  status_at: Date;
  failures: number;
  failing_since: Date | null;
  version: number;
  created_at: Date;
  created_by: string;
  updated_at: Date;
}

export interface DeliveryRow {
  delivery_id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  origin: string;
  status: DeliveryStatus;
  attempts: { at: string; status: number | null; durationMs: number; error: string | null }[];
  created_at: Date;
  next_attempt_at: Date;
}

type Reader = Pick<Pool, 'query'>;

/** How many deliveries a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
const deliveriesPerPageMax = 2_000;

const afterAll = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const webhookColumns =
  'webhook_id, url, event_types, wallet_ids, description, status, status_reason, status_by, status_at, failures, failing_since, version, created_at, created_by, updated_at';
const deliveryColumns =
  'delivery_id, webhook_id, event_id, event_type, origin, status, attempts, created_at, next_attempt_at';

/** Newest first. */
export async function listWebhooks(database: Reader, filters: WebhookFilters): Promise<Page<WebhookRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { rows } = await database.query<WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks WHERE deleted_at IS NULL AND webhook_id < $1 ORDER BY webhook_id DESC LIMIT $2`,
    [readCursor(idPosition, filters) ?? afterAll, limit + 1],
  );
  return pageOf(rows, limit, ({ webhook_id }) => webhook_id);
}

export async function findWebhook(database: Reader, webhookId: string): Promise<WebhookRow | undefined> {
  const { rows } = await database.query<WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks WHERE webhook_id = $1 AND deleted_at IS NULL`,
    [webhookId],
  );
  return rows[0];
}

/** Newest first. Of those that wait there is an index; others are sought among so many a page. */
export async function listDeliveries(
  database: Reader,
  filters: DeliveryFilters & { webhookId: string },
): Promise<Page<DeliveryRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { status = null, webhookId } = filters;
  const isSought = status !== null && status !== 'PENDING';
  const { rows: looked } = await database.query<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries
      WHERE webhook_id = $1 AND delivery_id < $2 ${status === 'PENDING' ? `AND status = 'PENDING'` : ''}
      ORDER BY delivery_id DESC LIMIT $3`,
    [webhookId, readCursor(idPosition, filters) ?? afterAll, isSought ? deliveriesPerPageMax : limit + 1],
  );
  const idOf = ({ delivery_id }: DeliveryRow) => delivery_id;
  if (!isSought) return pageOf(looked, limit, idOf);
  const found = looked.filter((row) => row.status === status);
  if (found.length > limit) return pageOf(found.slice(0, limit + 1), limit, idOf);
  const last = looked.at(-1);
  return { rows: found, next: looked.length === deliveriesPerPageMax && last ? idOf(last) : null };
}

export async function findDelivery(database: Reader, deliveryId: string): Promise<DeliveryRow | undefined> {
  const { rows } = await database.query<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE delivery_id = $1`,
    [deliveryId],
  );
  return rows[0];
}
