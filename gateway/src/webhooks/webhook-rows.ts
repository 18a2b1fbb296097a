import type { Pool } from 'pg';
import { idPosition, type ListQuery, readCursor } from '../http/cursor.js';
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

export interface ReplayRow {
  replay_id: string;
  webhook_id: string;
  from_at: Date;
  to_at: Date;
  requested_by: string;
  requested_at: Date;
  status: 'PENDING' | 'DONE' | 'FAILED';
  cursor_at: Date | null;
  deliveries: string;
  finished_at: Date | null;
  error: string | null;
}

export interface SecretRow {
  created_at: Date;
  expires_at: Date | null;
}

type Reader = Pick<Pool, 'query'>;

/** How many deliveries a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
const deliveriesPerPageMax = 2_000;

const afterAll = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const webhookColumns =
  'webhook_id, url, event_types, wallet_ids, description, status, status_reason, status_by, status_at, failures, failing_since, version, created_at, created_by, updated_at';
const deliveryColumns =
  'delivery_id, webhook_id, event_id, event_type, origin, status, attempts, created_at, next_attempt_at';

/** Newest first. Those that are not deleted are few. */
export async function listWebhooks(database: Reader, filters: WebhookFilters): Promise<Page<WebhookRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { rows } = await database.query<WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks WHERE deleted_at IS NULL AND webhook_id < $1
        AND ($3::text IS NULL OR status = $3) ORDER BY webhook_id DESC LIMIT $2`,
    [readCursor(idPosition, filters) ?? afterAll, limit + 1, filters.status ?? null],
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

/** Newest first. */
export async function listReplays(
  database: Reader,
  filters: ListQuery & { webhookId: string },
): Promise<Page<ReplayRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { rows } = await database.query<ReplayRow>(
    `SELECT replay_id, webhook_id, from_at, to_at, requested_by, requested_at, status, cursor_at, deliveries, finished_at, error
       FROM webhook_replays WHERE webhook_id = $1 AND replay_id < $2 ORDER BY replay_id DESC LIMIT $3`,
    [filters.webhookId, readCursor(idPosition, filters) ?? afterAll, limit + 1],
  );
  return pageOf(rows, limit, ({ replay_id }) => replay_id);
}

/** Those that sign, the newest first: few, and never what they are. */
export async function listSecrets(database: Reader, webhookId: string): Promise<SecretRow[]> {
  const { rows } = await database.query<SecretRow>(
    `SELECT created_at, expires_at FROM webhook_secrets
      WHERE webhook_id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    [webhookId],
  );
  return rows.sort((a, b) => b.created_at.getTime() - a.created_at.getTime());
}

export async function findDelivery(database: Reader, deliveryId: string): Promise<DeliveryRow | undefined> {
  const { rows } = await database.query<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE delivery_id = $1`,
    [deliveryId],
  );
  return rows[0];
}
