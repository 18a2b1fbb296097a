import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ProblemError, validationFailed } from './problem.js';
import { badTexts } from './text-check.js';
import { validated } from './validate.js';

/** A request's body by its schema, without texts that Postgres cannot keep. Throws VALIDATION_FAILED. */
export function checkedBody<T>(schema: z.ZodType<T>, { body, bodyHasEscapes }: FastifyRequest): T {
  const bad = bodyHasEscapes ? badTexts(body) : [];
  if (bad.length > 0) throw new ProblemError(validationFailed(bad));
  return validated(schema, body);
}
