import { z } from 'zod';
import { instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';

export const statementFilters = z
  .strictObject({
    ...pageFields,
    from: instantField.meta({ description: `The period begins with it: ${instantForms}.` }),
    to: instantField.meta({ description: `The period ends before it: ${instantForms}.` }),
  })
  .refine(({ from, to }) => from <= to, { path: ['from'], error: 'RANGE: must not be later than to' });
export type StatementFilters = z.infer<typeof statementFilters>;

export const entryFilters = z
  .strictObject({
    ...pageFields,
    from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    error: 'RANGE: must not be later than to',
  });
export type EntryFilters = z.infer<typeof entryFilters>;
