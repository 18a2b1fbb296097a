import type { z } from 'zod';
import { ProblemError, validationFailed } from './problem.js';

/** Where the next page starts: opaque to callers, so that it can change. */
export function writeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws VALIDATION_FAILED when it is not one that was handed out here. */
export function readCursor<T>(schema: z.ZodType<T>, cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new ProblemError(
      validationFailed([{ field: 'cursor', rule: 'CURSOR', message: 'must be the nextCursor of an earlier answer' }]),
    );
  }
}
