import { z } from 'zod';
import { countAnswer, idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { deliveryStatuses, webhookStatuses } from './webhook-requests.js';
import type { DeliveryRow, ReplayRow, SecretRow, WebhookRow } from './webhook-rows.js';

const webhookFields = {
  webhookId: idAnswer,
  url: z.string().meta({
    description:
      'To others than admins no more than whom it calls, `https://shop.example.com`: path and query may be a secret.',
  }),
  eventTypes: z.array(z.string()),
  walletIds: z.array(idAnswer).nullable(),
  description: z.string().nullable(),
  status: z.enum(webhookStatuses),
  statusReason: z.string().nullable(),
  statusBy: z.string().meta({ description: '`platform`: the workers stopped it.' }),
  statusAt: timeAnswer,
  failures: countAnswer.meta({ description: 'Attempts in a row that failed.' }),
  failingSince: timeAnswer.nullable(),
  version: z.int().min(1),
  createdAt: timeAnswer,
  createdBy: z.string(),
  updatedAt: timeAnswer,
};

const secretAnswer = z.string().meta({
  description: 'What its deliveries are signed with, as Standard Webhooks says. It is shown this once.',
  example: `whsec_${Buffer.alloc(32).toString('base64')}`,
});

export const webhookAnswer = named('Webhook', z.object(webhookFields));
export const webhookListAnswer = named('WebhookList', pageAnswer(webhookAnswer));
export const newWebhookAnswer = named('NewWebhook', z.object({ ...webhookFields, secret: secretAnswer }));
export const webhookSecretAnswer = named(
  'WebhookSecret',
  z.object({
    webhookId: idAnswer,
    secret: secretAnswer,
    olderSecretsSignFor: countAnswer.meta({ description: 'Seconds from now on.' }),
  }),
);

export const deliveryAnswer = named(
  'WebhookDelivery',
  z.object({
    deliveryId: idAnswer,
    webhookId: idAnswer,
    eventId: idAnswer,
    eventType: z.string(),
    replayId: idAnswer
      .nullable()
      .meta({ description: 'The replay that it was made for; null: it came as it happened.' }),
    status: z.enum(deliveryStatuses),
    attempts: z.array(
      z.object({
        at: timeAnswer,
        status: z.int().nullable().meta({ description: 'Of the endpoint\u2019s answer; null: it gave none.' }),
        durationMs: countAnswer,
        error: z.string().nullable(),
      }),
    ),
    createdAt: timeAnswer,
    nextAttemptAt: timeAnswer.nullable().meta({ description: 'null: there will be none.' }),
  }),
);
export const deliveryListAnswer = named('WebhookDeliveryList', pageAnswer(deliveryAnswer));

export const webhookReplayAnswer = named(
  'WebhookReplay',
  z.object({ replayId: idAnswer, webhookId: idAnswer, from: timeAnswer, to: timeAnswer }),
);

export const webhookReplayListAnswer = named(
  'WebhookReplayList',
  pageAnswer(
    named(
      'WebhookReplayRun',
      z.object({
        replayId: idAnswer,
        webhookId: idAnswer,
        from: timeAnswer,
        to: timeAnswer,
        status: z.enum(['PENDING', 'DONE', 'FAILED']),
        progress: z.number().min(0).max(1).meta({ description: 'How far into the period it has come, by time.' }),
        deliveries: countAnswer.meta({ description: 'That it has made.' }),
        requestedBy: z.string(),
        requestedAt: timeAnswer,
        finishedAt: timeAnswer.nullable(),
        error: z.string().nullable(),
      }),
    ),
  ),
);

export const webhookSecretListAnswer = named(
  'WebhookSecretList',
  z.object({
    items: z.array(
      z.object({
        createdAt: timeAnswer,
        signsUntil: timeAnswer.nullable().meta({ description: 'null: it is the newest.' }),
      }),
    ),
    nextCursor: z.null(),
  }),
);

/** @param knowsUrl the reader may see all of the address: path and query may be a secret */
export function webhookFacts(row: WebhookRow, knowsUrl: boolean) {
  return {
    ...{ webhookId: row.webhook_id, url: knowsUrl ? row.url : (URL.parse(row.url)?.origin ?? '') },
    ...{ eventTypes: row.event_types, walletIds: row.wallet_ids, description: row.description },
    ...{ status: row.status, statusReason: row.status_reason, statusBy: row.status_by },
    ...{ statusAt: row.status_at.toISOString(), failures: row.failures },
    ...{ failingSince: row.failing_since?.toISOString() ?? null, version: row.version },
    ...{ createdAt: row.created_at.toISOString(), createdBy: row.created_by, updatedAt: row.updated_at.toISOString() },
  };
}

const noReplay = '00000000-0000-0000-0000-000000000000';

export function deliveryFacts(row: DeliveryRow) {
  const isPending = row.status === 'PENDING';
  return {
    ...{ deliveryId: row.delivery_id, webhookId: row.webhook_id, eventId: row.event_id, eventType: row.event_type },
    ...{ replayId: row.origin === noReplay ? null : row.origin, status: row.status },
    attempts: row.attempts.map(({ at, status, durationMs, error }) => ({
      ...{ at: new Date(at).toISOString(), status: status ?? null },
      ...{ durationMs: Math.max(0, Math.round(durationMs)), error: error ?? null },
    })),
    createdAt: row.created_at.toISOString(),
    nextAttemptAt: isPending ? row.next_attempt_at.toISOString() : null,
  };
}

export function replayFacts(row: ReplayRow) {
  return {
    ...{ replayId: row.replay_id, webhookId: row.webhook_id, status: row.status, progress: progressOf(row) },
    ...{ from: row.from_at.toISOString(), to: row.to_at.toISOString(), deliveries: Number(row.deliveries) },
    ...{ requestedBy: row.requested_by, requestedAt: row.requested_at.toISOString() },
    ...{ finishedAt: row.finished_at?.toISOString() ?? null, error: row.error },
  };
}

/** Nothing was created after it was asked for: the period ends there at the latest. */
function progressOf({ status, from_at: from, to_at: to, requested_at: asked, cursor_at: cursor }: ReplayRow): number {
  if (status === 'DONE') return 1;
  const [fromMs, untilMs] = [from.getTime(), Math.min(to.getTime(), asked.getTime())];
  if (cursor === null || untilMs <= fromMs) return 0;
  return Math.min(1, Math.max(0, (cursor.getTime() - fromMs) / (untilMs - fromMs)));
}

export function secretFacts(row: SecretRow) {
  return { createdAt: row.created_at.toISOString(), signsUntil: row.expires_at?.toISOString() ?? null };
}
