import type { AlertSeverity, AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { ClientBase } from 'pg';
import type { KeyState } from './alert-key.js';

/** Alerts that are judged at once; beyond, the oldest. */
const openMax = 1_000;

/** A key as it stands: its state, and what its open alert, or the one that people still believe in, says. */
export interface KnownKey {
  readonly alertType: AlertType;
  readonly subject: string;
  readonly state: KeyState;
  readonly openId: string | null;
  readonly toldId: string | null;
}

interface KeyRow {
  alert_type: AlertType;
  subject: string;
  alert_id: string | null;
  status: string | null;
  severity: AlertSeverity;
  is_told: boolean;
  quiet_ms: number | null;
  ack_by: string;
  ack_value: number;
  ack_severity: AlertSeverity;
  mailed_ms: number | null;
  mailed_severity: AlertSeverity;
  told_alert_id: string | null;
  lasting_by: string;
  lasting_value: number;
  lasting_severity: AlertSeverity;
  lasting_ms: number | null;
}

export const keyOf = (alertType: string, subject: string) => `${alertType} ${subject}`;

/** Every key of which something is known, its open alert locked: nobody acknowledges it meanwhile. */
export async function loadKeys(client: ClientBase): Promise<Map<string, KnownKey>> {
  // Locked in one order, as all who write several do.
  await client.query(
    `SELECT FROM alerts WHERE status <> 'RESOLVED' ORDER BY alert_type, subject LIMIT ${openMax} FOR UPDATE`,
  );
  const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;
  const { rows } = await client.query<KeyRow>(
    `SELECT coalesce(a.alert_type, k.alert_type) AS alert_type, coalesce(a.subject, k.subject) AS subject, a.alert_id, a.status,
            a.severity, a.is_told, ${ms('a.quiet_since')} AS quiet_ms, a.acknowledged_by AS ack_by,
            a.acknowledged_value::float8 AS ack_value, a.acknowledged_severity AS ack_severity, ${ms('k.mailed_at')} AS mailed_ms,
            k.mailed_severity, k.told_alert_id, k.acknowledged_by AS lasting_by, k.acknowledged_value::float8 AS lasting_value,
            k.acknowledged_severity AS lasting_severity, ${ms('k.acknowledged_until')} AS lasting_ms
       FROM (SELECT * FROM alerts WHERE status <> 'RESOLVED' ORDER BY alert_type, subject LIMIT ${openMax}) AS a
       FULL JOIN alert_keys k ON k.alert_type = a.alert_type AND k.subject = a.subject`,
  );
  return new Map(rows.map((row) => [keyOf(row.alert_type, row.subject), knownKey(row)]));
}

function knownKey(row: KeyRow): KnownKey {
  const isAcknowledged = row.status === 'ACKNOWLEDGED';
  const state: KeyState = {
    open:
      row.alert_id === null
        ? null
        : {
            severity: row.severity,
            isTold: row.is_told,
            acknowledged: isAcknowledged ? { by: row.ack_by, severity: row.ack_severity, value: row.ack_value } : null,
            quietSinceMs: row.quiet_ms,
          },
    mailed: row.mailed_ms === null ? null : { atMs: row.mailed_ms, severity: row.mailed_severity },
    owesResolved: row.told_alert_id !== null,
    lasting:
      row.lasting_ms === null
        ? null
        : {
            ...{ by: row.lasting_by, severity: row.lasting_severity, value: row.lasting_value },
            untilMs: row.lasting_ms,
          },
  };
  const { alert_type: alertType, subject, alert_id: openId, told_alert_id: toldId } = row;
  return { alertType, subject, state, openId, toldId };
}

/** Keeps what outlives an alert, or forgets it when none of it matters any more. */
export async function saveKey(client: ClientBase, key: KnownKey, cooldownMs: number, nowMs: number): Promise<void> {
  const { alertType, subject, toldId, openId } = key;
  const { mailed, owesResolved, lasting } = key.state;
  const isOver = mailed === null || nowMs >= mailed.atMs + cooldownMs;
  if (openId === null && isOver && !owesResolved && lasting === null) {
    await client.query('DELETE FROM alert_keys WHERE alert_type = $1 AND subject = $2', [alertType, subject]);
    return;
  }
  await client.query(
    `INSERT INTO alert_keys (alert_type, subject, mailed_at, mailed_severity, told_alert_id, acknowledged_by, acknowledged_value,
                             acknowledged_severity, acknowledged_until)
     VALUES ($1, $2, to_timestamp($3::float8 / 1000), $4, $5, $6, $7, $8, to_timestamp($9::float8 / 1000))
     ON CONFLICT (alert_type, subject) DO UPDATE SET mailed_at = EXCLUDED.mailed_at, mailed_severity = EXCLUDED.mailed_severity,
       told_alert_id = EXCLUDED.told_alert_id, acknowledged_by = EXCLUDED.acknowledged_by,
       acknowledged_value = EXCLUDED.acknowledged_value, acknowledged_severity = EXCLUDED.acknowledged_severity,
       acknowledged_until = EXCLUDED.acknowledged_until`,
    [
      ...[alertType, subject, mailed?.atMs ?? null, mailed?.severity ?? null, owesResolved ? toldId : null],
      ...[lasting?.by ?? null, lasting?.value ?? null, lasting?.severity ?? null, lasting?.untilMs ?? null],
    ],
  );
}
