import { z } from 'zod';
import { inOrder, instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';

export const statementFilters = inOrder(
  z.strictObject({
    ...pageFields,
    from: instantField.meta({ description: `The period begins with it: ${instantForms}.` }),
    to: instantField.meta({ description: `The period ends before it: ${instantForms}.` }),
  }),
);
export type StatementFilters = z.infer<typeof statementFilters>;

export const entryFilters = inOrder(
  z.strictObject({
    ...pageFields,
    from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  }),
);
export type EntryFilters = z.infer<typeof entryFilters>;

export const lineFilters = inOrder(
  z.strictObject({
    from: instantField.meta({ description: `The line begins here: ${instantForms}.` }),
    to: instantField.meta({ description: `The line ends here: ${instantForms}.` }),
  }),
);
