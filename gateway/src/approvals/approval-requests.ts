import { z } from 'zod';
import { pageFields } from '../http/page.js';
import { approvalStatuses } from './approval-row.js';
import { noteCharsMax } from './limits.js';

export const approveSchema = z.strictObject({ note: z.string().max(noteCharsMax).nullish() });
export const rejectSchema = z.strictObject({
  note: z.string().min(1).max(noteCharsMax).meta({ description: 'Why: who asked is told.' }),
});

export const approvalFilters = z.strictObject({ ...pageFields, status: z.enum(approvalStatuses).optional() });
