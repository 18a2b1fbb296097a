import { webhookUrlCharsMax } from '@smart-wallet/engine/contract/webhook-address.js';
import { z } from 'zod';
import { uuidField } from '../http/fields.js';
import { inOrder, instantField } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';

/** Endpoints that are not deleted. */
export const webhooksMax = 100;
/** Secrets that sign at a time: the newest, and those that it has taken the place of within a day. */
export const webhookSecretsMax = 5;
/** How long the secrets before the newest one sign too. */
export const olderSecretsHours = 24;
/** Replays of an endpoint that wait at a time. */
export const webhookReplaysPendingMax = 10;
export const webhookWalletsMax = 100;
const descriptionCharsMax = 500;
const reasonCharsMax = 500;

/** As EVENTS.md names them. */
const eventTypes = [
  'transaction.succeeded',
  'transaction.failed',
  'wallet.status_changed',
  'wallet.limits_changed',
  'alert.raised',
  'alert.resolved',
] as const;

export const webhookStatuses = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];
export const deliveryStatuses = ['PENDING', 'DELIVERED', 'FAILED'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

const urlField = z.string().min(1).max(webhookUrlCharsMax).meta({
  format: 'uri',
  description:
    'Where deliveries are posted to: https or http, in ASCII, without a user name. A private address is refused, unless the platform allows them.',
  example: 'https://shop.example.com/hooks/wallet',
});

const isWithoutRepeats = (all: readonly string[]) => new Set(all).size === all.length;
const eventTypesField = z
  .array(z.enum(['*', ...eventTypes]))
  .min(1)
  .max(eventTypes.length)
  .refine(isWithoutRepeats, 'DUPLICATE: must name nothing twice')
  .refine((all) => all.length === 1 || !all.includes('*'), 'ALL: must be * alone, or names')
  .meta({ description: '`*` alone, or names of types.', example: ['transaction.succeeded'] });

const walletIdsField = z
  .array(uuidField)
  .min(1)
  .max(webhookWalletsMax)
  .refine(isWithoutRepeats, 'DUPLICATE: must name nothing twice')
  .nullish()
  .meta({
    description:
      'Only events that are about one of these wallets. None or null: all events. A filter and no boundary: what is sent names both wallets of ' +
      'a transaction, with the balance of each.',
  });

const descriptionField = z
  .string()
  .min(1)
  .max(descriptionCharsMax)
  .nullish()
  .meta({ example: 'The shop\u2019s books' });

export const newWebhookSchema = z.strictObject({
  url: urlField,
  eventTypes: eventTypesField,
  walletIds: walletIdsField,
  description: descriptionField,
});

export const webhookChangeSchema = z.strictObject({
  url: urlField.optional(),
  eventTypes: eventTypesField.optional(),
  walletIds: walletIdsField,
  description: descriptionField,
  status: z.enum(webhookStatuses).optional().meta({
    description:
      'PAUSED: its deliveries wait, and go out oldest first once it is ACTIVE again. DISABLED: none are made, and what waits goes nowhere.',
  }),
  reason: z
    .string()
    .min(1)
    .max(reasonCharsMax)
    .nullish()
    .meta({ description: 'Of another status; for the audit log.' }),
  version: z.int().min(1).max(2_147_483_647).optional().meta({
    description: 'The one that was read: when somebody has changed the webhook since, it is 409.',
  }),
});
export type WebhookChange = z.infer<typeof webhookChangeSchema>;

export const webhookFilters = z.strictObject({ ...pageFields, status: z.enum(webhookStatuses).optional() });
export type WebhookFilters = z.infer<typeof webhookFilters>;

export const deliveryFilters = z.strictObject({ ...pageFields, status: z.enum(deliveryStatuses).optional() });
export type DeliveryFilters = z.infer<typeof deliveryFilters>;

export const webhookReplayFilters = z.strictObject(pageFields);

export const webhookReplaySchema = inOrder(
  z.strictObject({
    from: instantField.meta({ description: 'Of the events\u2019 `createdAt`, inclusive.' }),
    to: instantField.meta({ description: 'Inclusive.' }),
  }),
);
