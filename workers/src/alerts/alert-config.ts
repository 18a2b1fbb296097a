import type { AlertSeverity, AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { ClientBase } from 'pg';
import type { RuleTerms } from './rules/alert-rule.js';

export interface AlertConfig extends RuleTerms {
  readonly alertType: AlertType;
  readonly severity: AlertSeverity;
  /** None: the people who may act. */
  readonly recipients: readonly string[];
  readonly cooldownMs: number;
  readonly enabled: boolean;
}

/** People beyond are not written to. */
const peopleMax = 20;

export async function readConfigs(database: Pick<ClientBase, 'query'>): Promise<Map<AlertType, AlertConfig>> {
  const { rows } = await database.query<AlertConfig>(
    `SELECT alert_type AS "alertType", threshold::float8 AS threshold, window_minutes AS "windowMinutes",
            minimum_sample AS "minimumSample", severity, recipients, cooldown_minutes * 60000.0::float8 AS "cooldownMs", enabled
       FROM alert_configurations ORDER BY alert_type`,
  );
  return new Map(rows.map((row) => [row.alertType, row]));
}

/** Where a configuration names nobody: operators and admins, who can do something about it. */
export async function recipientsOf(
  client: Pick<ClientBase, 'query'>,
  { recipients }: Pick<AlertConfig, 'recipients'>,
): Promise<readonly string[]> {
  if (recipients.length > 0) return recipients;
  const { rows } = await client.query<{ email: string }>(
    `SELECT email FROM ops_users WHERE role IN ('operator', 'admin') AND disabled_at IS NULL ORDER BY user_id LIMIT $1`,
    [peopleMax],
  );
  return rows.map(({ email }) => email);
}
