import { z } from 'zod';
import { uuidField } from '../http/fields.js';
import { pageFields } from '../http/page.js';

export const modes = ['incremental', 'full'] as const;
export const noteCharsMax = 1_000;

export const newRunSchema = z.strictObject({
  mode: z.enum(modes).meta({
    description:
      '`incremental`: what was committed since the last run. `full`: all of it, also what was checked before.',
  }),
});

export const explainSchema = z.strictObject({
  note: z.string().min(1).max(noteCharsMax).meta({ description: 'Why the break is there, and what is done about it.' }),
});

export const runFilters = z.strictObject({ ...pageFields });
export type RunFilters = z.infer<typeof runFilters>;

export const reportFilters = z.strictObject({
  ...pageFields,
  runId: uuidField.optional().meta({ description: 'Of which run; the newest without it, also while it runs.' }),
});
export type ReportFilters = z.infer<typeof reportFilters>;
