import {
  alertCooldownMinutesMax,
  alertRecipientsMax,
  alertSeverities,
  alertStatuses,
  alertThresholds,
  alertTypes,
  alertWindowMinutesMax,
} from '@smart-wallet/engine/contract/alerts.js';
import { addressCharsMax, isMailAddress } from '@smart-wallet/engine/contract/mail-address.js';
import { z } from 'zod';
import { pageFields } from '../http/page.js';

export const noteCharsMax = 1_000;
const sampleMax = 1_000_000_000;

export const alertFilters = z.strictObject({
  ...pageFields,
  status: z.enum(alertStatuses).optional(),
  severity: z.enum(alertSeverities).optional(),
  type: z.enum(alertTypes).optional(),
});
export type AlertFilters = z.infer<typeof alertFilters>;

export const acknowledgeSchema = z.strictObject({
  note: z.string().max(noteCharsMax).nullish().meta({ example: 'Ann looks into it' }),
});

const wholeFrom = (min: number, max: number) =>
  z
    .number()
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      message: `RANGE: must be a whole number from ${min} to ${max}`,
    })
    .meta({ type: 'integer', minimum: min, maximum: max });

const recipientField = z
  .string()
  .max(addressCharsMax)
  .refine(isMailAddress, 'ADDRESS: must be the e-mail address of one mailbox')
  .meta({ format: 'email', example: 'ops@example.com' });

const units = alertTypes.map((type) => `${type} ${alertThresholds[type].unit}`).join(', ');

export const alertConfigSchema = z
  .strictObject({
    alertType: z.enum(alertTypes),
    threshold: z.number().meta({
      example: 5,
      description: `The alert fires at this value and above it. In the unit of the type: ${units}.`,
    }),
    windowMinutes: wholeFrom(1, alertWindowMinutesMax),
    minimumSample: wholeFrom(0, sampleMax)
      .optional()
      .meta({ description: 'Fewer in the window say nothing. Omitted: as it is.' }),
    severity: z.enum(alertSeverities),
    recipients: z
      .array(recipientField)
      .max(alertRecipientsMax)
      .refine(
        (all) => new Set(all.map((one) => one.toLowerCase())).size === all.length,
        'DUPLICATE: must name nobody twice',
      )
      .meta({ uniqueItems: true, description: 'None: all operators and admins.' }),
    cooldownMinutes: wholeFrom(0, alertCooldownMinutesMax),
    enabled: z.boolean(),
  })
  .superRefine(({ alertType, threshold }, context) => {
    const { min, max, whole, unit } = alertThresholds[alertType];
    const scaled = threshold * 10_000;
    const isExact = whole ? Number.isInteger(threshold) : Math.abs(scaled - Math.round(scaled)) < 1e-6;
    if (threshold >= min && threshold <= max && isExact) return;
    const kind = whole ? 'a whole number' : 'a number with at most 4 decimals';
    context.addIssue({
      code: 'custom',
      path: ['threshold'],
      message: `RANGE: must be ${kind} from ${min} to ${max} (${unit})`,
    });
  });
export type AlertConfigRequest = z.infer<typeof alertConfigSchema>;

export const alertTypeField = z.enum(alertTypes);
