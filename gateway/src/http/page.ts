import { z } from 'zod';
import { type ListQuery, writeCursor } from './cursor.js';

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
  cursor: z.string().max(500).optional().meta({
    description:
      'The `nextCursor` of the answer before, with the same filters. A page may be short or empty and still have one: where few items match, each page looks at so many and no more.',
  }),
};

/** What a list reads: rows, and where the next page starts. null: this is the last one. */
export interface Page<Row> {
  rows: Row[];
  next: unknown;
}

/** The rows that fit, of one more than `limit` asked for. */
export function pageOf<Row>(rows: Row[], limit: number, positionOf: (last: Row) => unknown): Page<Row> {
  if (rows.length <= limit) return { rows, next: null };
  const fitting = rows.slice(0, limit);
  return { rows: fitting, next: positionOf(fitting[limit - 1] as Row) };
}

export function pageJson<Row>({ rows, next }: Page<Row>, query: ListQuery, rowJson: (row: Row) => string): string {
  const nextCursor = next === null ? 'null' : `"${writeCursor(next, query)}"`;
  return `{"items":[${rows.map(rowJson).join(',')}],"nextCursor":${nextCursor}}`;
}
