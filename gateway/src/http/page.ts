import { z } from 'zod';

export const pageSizeMax = 200;
export const pageSizeDefault = 50;

/** Query parameters of every list. */
export const pageFields = {
  limit: z
    .string()
    .refine((text) => /^\d+$/.test(text), `FORMAT: must be a whole number from 1 to ${pageSizeMax}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= pageSizeMax, `RANGE: must be from 1 to ${pageSizeMax}`)
    .optional()
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: pageSizeMax,
      description: `How many items at most; ${pageSizeDefault} without it.`,
    }),
  cursor: z.string().max(500).optional().meta({ description: 'The `nextCursor` of the answer before.' }),
};

/** The items that fit, and whether there are more: ask for one more than `limit`. */
export function pageOf<T>(rows: T[], limit: number): { items: T[]; last: T | undefined } {
  const items = rows.slice(0, limit);
  return { items, last: rows.length > limit ? items.at(-1) : undefined };
}

export function pageJson(items: string[], nextCursor: string | null): string {
  return `{"items":[${items.join(',')}],"nextCursor":${nextCursor === null ? 'null' : `"${nextCursor}"`}}`;
}
