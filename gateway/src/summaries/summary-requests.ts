import { z } from 'zod';
import { dayField } from '../http/day-field.js';
import { pageFields } from '../http/page.js';

export const summaryFilters = z.strictObject({
  ...pageFields,
  from: dayField.optional().meta({ description: 'Of this day and later ones.' }),
  to: dayField.optional().meta({ description: 'Of this day and earlier ones.' }),
});

export const requestSummarySchema = z.strictObject({
  date: dayField.meta({ description: 'In UTC. Today is not over, and the summary says so.' }),
});
