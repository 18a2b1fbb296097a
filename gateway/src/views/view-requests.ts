import { z } from 'zod';
import { isGoodText } from '../http/text-check.js';

export const viewNameCharsMax = 80;
export const viewQueryCharsMax = 4_000;

const listField = z
  .string()
  .regex(/^[a-z][a-z-]{0,39}$/, 'FORMAT: must be the name of a list, in small letters')
  .meta({ description: 'Of which list, as the console names it.', example: 'transactions' });

export const viewFilters = z.strictObject({ list: listField.optional() });

export const viewSchema = z.strictObject({
  list: listField,
  name: z
    .string()
    .min(1)
    .max(viewNameCharsMax)
    .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate')
    .meta({ example: 'Failed since Monday' }),
  query: z
    .string()
    .max(viewQueryCharsMax)
    .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate')
    .meta({ description: 'Of the list’s address: its filters and columns.', example: 'status=FAILED&currency=EUR' }),
  shared: z.boolean().meta({ description: 'Everybody who signs in sees it. Operators and admins may share.' }),
});
