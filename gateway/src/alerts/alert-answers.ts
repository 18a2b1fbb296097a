import { alertSeverities, alertStatuses } from '@smart-wallet/engine/contract/alerts.js';
import { z } from 'zod';
import { countAnswer, idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import type { AlertConfigRow, AlertRow, HistoryRow } from './alert-rows.js';

/** Who may not read them gets an empty list in their place: the shape stays. */
const recipientsAnswer = z.array(z.string()).meta({
  description: 'E-mail addresses; for operators and admins. Whoever only reads gets an empty list.',
});

const alertFields = {
  alertId: idAnswer,
  alertType: z.string(),
  subject: z.string().meta({ description: 'What it is about: `platform`, or the id of a wallet or webhook.' }),
  severity: z.enum(alertSeverities),
  status: z.enum(alertStatuses),
  message: z.string(),
  recipients: recipientsAnswer,
  details: z.record(z.string(), z.unknown()),
  value: z.number(),
  threshold: z.number(),
  createdAt: timeAnswer,
  sentAt: timeAnswer.nullable(),
  acknowledgedAt: timeAnswer.nullable(),
  acknowledgedBy: z.string().nullable(),
  resolvedAt: timeAnswer.nullable(),
};

export const alertAnswer = named('Alert', z.object(alertFields));
export const alertListAnswer = named('AlertList', pageAnswer(alertAnswer));
export const alertWithHistoryAnswer = named(
  'AlertWithHistory',
  z.object({
    ...alertFields,
    history: z.array(
      z.object({
        at: timeAnswer,
        event: z.string(),
        severity: z.enum(alertSeverities),
        value: z.number(),
        threshold: z.number(),
        by: z.string().nullable(),
        note: z.string().nullable(),
      }),
    ),
  }),
);
export const alertConfigAnswer = named(
  'AlertConfig',
  z.object({
    alertType: z.string(),
    threshold: z.number(),
    unit: z.string(),
    windowMinutes: countAnswer,
    minimumSample: countAnswer,
    severity: z.enum(alertSeverities),
    recipients: recipientsAnswer,
    cooldownMinutes: countAnswer,
    enabled: z.boolean(),
    updatedAt: timeAnswer,
    updatedBy: z.string(),
  }),
);
export const alertConfigListAnswer = named('AlertConfigList', z.object({ items: z.array(alertConfigAnswer) }));
export const alertTestAnswer = named('AlertTest', z.object({ alertType: z.string(), requested: z.literal(true) }));

/** @param knowsRecipients the reader may know who is told */
export function alertJson(row: AlertRow, knowsRecipients: boolean): string {
  return JSON.stringify(alertFacts(row, knowsRecipients));
}

export function alertWithHistoryJson(row: AlertRow, history: readonly HistoryRow[], knowsRecipients: boolean): string {
  const told = history.map(({ at, value, threshold, ...rest }) => ({
    ...{ at: at.toISOString(), event: rest.event, severity: rest.severity, value: Number(value) },
    ...{ threshold: Number(threshold), by: rest.by, note: rest.note },
  }));
  return JSON.stringify({ ...alertFacts(row, knowsRecipients), history: told });
}

export function alertConfigFacts({ unit, ...row }: AlertConfigRow & { unit: string }, knowsRecipients: boolean) {
  return {
    ...{ alertType: row.alert_type, threshold: Number(row.threshold), unit, windowMinutes: row.window_minutes },
    ...{ minimumSample: row.minimum_sample, severity: row.severity },
    recipients: knowsRecipients ? row.recipients : [],
    ...{ cooldownMinutes: row.cooldown_minutes, enabled: row.enabled },
    ...{ updatedAt: row.updated_at.toISOString(), updatedBy: row.updated_by },
  };
}

function alertFacts(row: AlertRow, knowsRecipients: boolean) {
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    ...{ alertId: row.alert_id, alertType: row.alert_type, subject: row.subject, severity: row.severity },
    ...{ status: row.status, message: row.message, details: row.details },
    recipients: knowsRecipients ? row.recipients : [],
    ...{ value: Number(row.value), threshold: Number(row.threshold), createdAt: row.created_at.toISOString() },
    ...{ sentAt: time(row.sent_at), acknowledgedAt: time(row.acknowledged_at), acknowledgedBy: row.acknowledged_by },
    resolvedAt: time(row.resolved_at),
  };
}
