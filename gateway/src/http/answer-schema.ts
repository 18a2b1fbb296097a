import { z } from 'zod';

/**
 * What answers look like, each under its name in the description of the API. They say what is there today: fields may be
 * added, so nothing forbids others. Answers are written by hand, as text; in tests each one is held against these schemas.
 */
export const answerSchemas = z.registry<{ id: string; description?: string }>();

/** Gives an answer's schema its name. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  answerSchemas.add(schema, { id });
  return schema;
}

/* What fields of answers have in common. */

export const idAnswer = z.guid();
export const countAnswer = z.int().min(0);
export const timeAnswer = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' });
export const currencyAnswer = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ example: 'EUR' });
export const moneyAnswer = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ description: 'A decimal string with exactly the decimals of the currency.', example: '12.50' });
export const metadataAnswer = z.record(z.string(), z.unknown()).nullable();

/** A page of a list. */
export function pageAnswer<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last one.' }),
  });
}
