import type { AlertSeverity, AlertStatus, AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { Pool } from 'pg';
import { z } from 'zod';
import { idPosition, instantPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { AlertFilters } from './alert-requests.js';

export interface AlertRow {
  alert_id: string;
  alert_type: AlertType;
  subject: string;
  severity: AlertSeverity;
  status: AlertStatus;
  message: string;
  recipients: string[];
  details: Record<string, unknown>;
  value: string;
  threshold: string;
  created_at: Date;
  sent_at: Date | null;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  resolved_at: Date | null;
}

export interface HistoryRow {
  at: Date;
  event: string;
  severity: AlertSeverity;
  value: string;
  threshold: string;
  by: string | null;
  note: string | null;
}

export interface AlertConfigRow {
  alert_type: AlertType;
  threshold: string;
  window_minutes: number;
  minimum_sample: number;
  severity: AlertSeverity;
  recipients: string[];
  cooldown_minutes: number;
  enabled: boolean;
  updated_at: Date;
  updated_by: string;
}

/** How many alerts a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
const alertsPerPageMax = 2_000;
const historyMax = 500;

const columns =
  'alert_id, alert_type, subject, severity, status, message, recipients, details, value, threshold, created_at, sent_at, acknowledged_at, acknowledged_by, resolved_at';
const position = z.tuple([instantPosition, idPosition]);

/** Newest first. */
export async function listAlerts(database: Pick<Pool, 'query'>, filters: AlertFilters): Promise<Page<AlertRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const [at, id] = readCursor(position, filters) ?? [null, null];
  const { rows: looked } = await database.query<AlertRow & { matches: boolean }>(
    `SELECT ${columns}, ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR severity = $4)
            AND ($5::text IS NULL OR alert_type = $5) AS matches
       FROM alerts WHERE $1::timestamptz IS NULL OR (created_at, alert_id) < ($1, $2::uuid)
      ORDER BY created_at DESC, alert_id DESC LIMIT ${alertsPerPageMax}`,
    [at, id, filters.status ?? null, filters.severity ?? null, filters.type ?? null],
  );
  const found = looked.filter(({ matches }) => matches);
  const placeOf = ({ created_at, alert_id }: AlertRow) => [created_at.toISOString(), alert_id];
  if (found.length > limit) return pageOf<AlertRow>(found.slice(0, limit + 1), limit, placeOf);
  const last = looked.at(-1);
  return { rows: found, next: looked.length === alertsPerPageMax && last ? placeOf(last) : null };
}

export async function findAlert(database: Pick<Pool, 'query'>, alertId: string): Promise<AlertRow | undefined> {
  const { rows } = await database.query<AlertRow>(`SELECT ${columns} FROM alerts WHERE alert_id = $1`, [alertId]);
  return rows[0];
}

/** In order. */
export async function readHistory(database: Pick<Pool, 'query'>, alertId: string): Promise<HistoryRow[]> {
  const { rows } = await database.query<HistoryRow>(
    `SELECT at, event, severity, value, threshold, by, note FROM alert_history WHERE alert_id = $1 ORDER BY history_id LIMIT ${historyMax}`,
    [alertId],
  );
  return rows;
}

/** All of them, or one. */
export async function readAlertConfigs(
  database: Pick<Pool, 'query'>,
  alertType: AlertType | null = null,
): Promise<AlertConfigRow[]> {
  const { rows } = await database.query<AlertConfigRow>(
    `SELECT alert_type, threshold, window_minutes, minimum_sample, severity, recipients, cooldown_minutes, enabled, updated_at, updated_by
       FROM alert_configurations WHERE $1::text IS NULL OR alert_type = $1 ORDER BY alert_type`,
    [alertType],
  );
  return rows;
}
