import { z } from 'zod';

const pattern = /^\d{4}-\d\d-\d\d$/;

/** A day of the calendar, as `YYYY-MM-DD`. */
export const dayField = z
  .string()
  .refine((text) => pattern.test(text) && isDay(text), 'FORMAT: must be a day such as 2026-01-31')
  .meta({ format: 'date', example: '2026-01-31' });

export const dayAnswer = z.string().regex(pattern).meta({ format: 'date', example: '2026-01-31' });

/** Postgres knows days from long before, and long after, anything here happened. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return (
    !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && text >= '2000-01-01' && text < '2200-01-01'
  );
}
