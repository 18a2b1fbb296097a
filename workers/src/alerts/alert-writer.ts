import type { AlertSeverity, AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { OpenAlert } from './alert-key.js';
import { type AlertToMail, alertMessage } from './alert-words.js';
import type { Fires } from './rules/alert-rule.js';

type HistoryEvent =
  | 'RAISED'
  | 'NOTIFIED'
  | 'ESCALATED'
  | 'WORSENED'
  | 'ACKNOWLEDGED'
  | 'RESOLVED'
  | 'RESOLVED_NOTIFIED';

export interface NewAlert {
  readonly type: AlertType;
  readonly fires: Fires;
  readonly severity: AlertSeverity;
  readonly threshold: number;
  readonly recipients: readonly string[];
}

/** Writes what becomes of alerts, each step with its line of the history, within one commit of the evaluator. */
export class AlertWriter {
  constructor(
    private readonly client: ClientBase,
    private readonly now: Date,
  ) {}

  async raise({ type, fires, severity, threshold, recipients }: NewAlert): Promise<string> {
    const alertId = uuidv7();
    await this.client.query(
      `INSERT INTO alerts (alert_id, alert_type, subject, severity, recipients, message, details, value, threshold, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
      [
        ...[alertId, type, fires.subject, severity, recipients, alertMessage(type, fires.says, threshold)],
        ...[JSON.stringify(fires.details), fires.value, threshold, this.now],
      ],
    );
    await this.record(alertId, 'RAISED');
    await this.#event(alertId, 'alert.raised');
    return alertId;
  }

  /** As it fires now. Only what changed is written: mostly that is nothing. */
  async update(alertId: string, { type, fires, threshold }: NewAlert, open: OpenAlert): Promise<void> {
    await this.client.query(
      `UPDATE alerts SET severity = $2, message = $3, details = $4, value = $5, threshold = $6, quiet_since = NULL, updated_at = $7
        WHERE alert_id = $1 AND (severity, message, value, threshold) IS DISTINCT FROM ($2, $3, $5::numeric, $6::numeric)
           OR alert_id = $1 AND quiet_since IS NOT NULL`,
      [
        ...[alertId, open.severity, alertMessage(type, fires.says, threshold), JSON.stringify(fires.details)],
        ...[fires.value, threshold, this.now],
      ],
    );
  }

  /** Silent for the same reason as the one before, which was acknowledged. */
  async acknowledgeAgain(
    alertId: string,
    { by, severity, value }: NonNullable<OpenAlert['acknowledged']>,
  ): Promise<void> {
    await this.client.query(
      `UPDATE alerts SET status = 'ACKNOWLEDGED', acknowledged_at = $2, acknowledged_by = $3, acknowledged_value = $4,
              acknowledged_severity = $5 WHERE alert_id = $1`,
      [alertId, this.now, by, value, severity],
    );
    await this.record(alertId, 'ACKNOWLEDGED', by, 'fires again within the cooldown after it was acknowledged');
  }

  async worsen(alertId: string): Promise<void> {
    await this.client.query(
      `UPDATE alerts SET status = 'PENDING', is_told = false, acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_note = NULL,
              acknowledged_value = NULL, acknowledged_severity = NULL WHERE alert_id = $1`,
      [alertId],
    );
    await this.record(alertId, 'WORSENED');
  }

  async quiet(alertId: string, sinceMs: number): Promise<void> {
    await this.client.query(
      'UPDATE alerts SET quiet_since = to_timestamp($2::float8 / 1000) WHERE alert_id = $1 AND quiet_since IS NULL',
      [alertId, sinceMs],
    );
  }

  async resolve(alertId: string, note: string | null): Promise<void> {
    await this.client.query(
      `UPDATE alerts SET status = 'RESOLVED', resolved_at = $2, updated_at = $2 WHERE alert_id = $1`,
      [alertId, this.now],
    );
    await this.record(alertId, 'RESOLVED', null, note);
    await this.#event(alertId, 'alert.resolved');
  }

  /** The number of the notification: a part of its mails' keys. */
  async nextNotification(alertId: string): Promise<number> {
    const { rows } = await this.client.query<{ notifications: number }>(
      'UPDATE alerts SET notifications = notifications + 1 WHERE alert_id = $1 RETURNING notifications',
      [alertId],
    );
    return rows[0]?.notifications as number;
  }

  /** A PENDING one is SENT once a server has one of these mails. */
  async told(alertId: string, mailKeys: readonly string[], recipients: readonly string[]): Promise<void> {
    await this.client.query(
      `UPDATE alerts SET is_told = true, mailed_at = $2, mail_keys = $3, recipients = $4, updated_at = $2 WHERE alert_id = $1`,
      [alertId, this.now, mailKeys, recipients],
    );
    await this.record(alertId, 'NOTIFIED', null, `${mailKeys.length} mail${mailKeys.length === 1 ? '' : 's'}`);
  }

  async record(
    alertId: string,
    event: HistoryEvent,
    by: string | null = null,
    note: string | null = null,
  ): Promise<void> {
    await this.client.query(
      `INSERT INTO alert_history (alert_id, at, event, severity, value, threshold, by, note)
       SELECT alert_id, $2, $3, severity, value, threshold, $4, $5 FROM alerts WHERE alert_id = $1`,
      [alertId, this.now, event, by, note],
    );
  }

  async find(alertId: string): Promise<AlertToMail | undefined> {
    const { rows } = await this.client.query<AlertToMail>(
      `SELECT alert_id AS "alertId", alert_type AS type, subject, severity, message, value::float8 AS value,
              threshold::float8 AS threshold, created_at AS "createdAt", resolved_at AS "resolvedAt" FROM alerts WHERE alert_id = $1`,
      [alertId],
    );
    return rows[0];
  }

  async #event(alertId: string, type: 'alert.raised' | 'alert.resolved'): Promise<void> {
    await this.client.query('SELECT append_alert_event($2, a, $3) FROM alerts a WHERE alert_id = $1', [
      alertId,
      type,
      this.now,
    ]);
  }
}
