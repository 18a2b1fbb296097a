import { z } from 'zod';
import { instantField, instantForms } from '../http/instant-field.js';

export const bucketSizes = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Bucket = keyof typeof bucketSizes;

export const periodDaysMax = 92;
/** A week of minutes. */
export const bucketsMax = 10_080;

export const failureFilters = z.strictObject({
  from: instantField
    .optional()
    .meta({ description: `The period begins with it: ${instantForms}; a day before \`to\` without it.` }),
  to: instantField.optional().meta({ description: `The period ends before it: ${instantForms}; now without it.` }),
  bucket: z
    .enum(['minute', 'hour', 'day'])
    .optional()
    .meta({ description: 'Of UTC. Without it: minutes up to 6 hours, hours up to 14 days, days beyond.' }),
});
export type FailureFilters = z.infer<typeof failureFilters>;
