import { z } from 'zod';

export const pageSizeMax = 200;
export const pageSizeDefault = 50;

/** Query parameters of every list. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'FORMAT: must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= pageSizeMax, `RANGE: must be from 1 to ${pageSizeMax}`)
    .optional(),
  cursor: z.string().max(500).optional(),
};

/** The items that fit, and whether there are more: ask for one more than `limit`. */
export function pageOf<T>(rows: T[], limit: number): { items: T[]; last: T | undefined } {
  const items = rows.slice(0, limit);
  return { items, last: rows.length > limit ? items.at(-1) : undefined };
}

export function pageJson(items: string[], nextCursor: string | null): string {
  return `{"items":[${items.join(',')}],"nextCursor":${nextCursor === null ? 'null' : `"${nextCursor}"`}}`;
}
