/* What the platform may have to say of itself to people: types, their units and bounds, severities, and what becomes of an alert. */

/** In rising order. */
export const alertSeverities = ['INFO', 'WARNING', 'CRITICAL'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/**
 * PENDING: nobody was told yet. SENT: a mail server took the mail. ACKNOWLEDGED: somebody is at it, and nobody is told more unless it
 * gets worse. RESOLVED: over.
 */
export const alertStatuses = ['PENDING', 'SENT', 'ACKNOWLEDGED', 'RESOLVED'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

export interface ThresholdBounds {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** A count: no decimals. */
  readonly whole: boolean;
}

const percent: ThresholdBounds = { unit: '%', min: 0.01, max: 100, whole: false };
const seconds: ThresholdBounds = { unit: 's', min: 1, max: 86_400, whole: true };
const count = (unit: string): ThresholdBounds => ({ unit, min: 1, max: 1_000_000_000, whole: true });

/** Every type, with the unit of its value and threshold: it fires at value >= threshold. */
export const alertThresholds = {
  FAILURE_RATE: percent,
  LEDGER_INCONSISTENCY: count('findings'),
  REPEATED_DUPLICATES: count('replays'),
  SYSTEM_ERRORS: count('errors'),
  PARTITION_WITHOUT_OWNER: seconds,
  LATENCY: { unit: 'ms', min: 1, max: 60_000, whole: false },
  RELAY_LAG: seconds,
  DEAD_LETTERS: count('messages'),
  WALLET_DRAIN: percent,
  WEBHOOK_PAUSED: count('endpoints'),
  QUEUE_LOST: count('times'),
  EVALUATOR_SILENT: seconds,
} as const satisfies Record<string, ThresholdBounds>;

export type AlertType = keyof typeof alertThresholds;
export const alertTypes = Object.keys(alertThresholds) as readonly AlertType[] as readonly [AlertType, ...AlertType[]];

export const alertRecipientsMax = 20;
export const alertWindowMinutesMax = 1_440;
export const alertCooldownMinutesMax = 10_080;

export function severityRank(severity: AlertSeverity): number {
  return alertSeverities.indexOf(severity);
}
