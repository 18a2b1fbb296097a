import { hash } from 'node:crypto';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { z } from 'zod';
import { ProblemError, validationFailed } from './problem.js';

/** A list's query: where its page starts, how much it holds, and what it is about. */
export interface ListQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly [filter: string]: unknown;
}

/** Where the next page of these filters starts: opaque to callers, so that it can change. */
export function writeCursor(position: unknown, query: ListQuery): string {
  return Buffer.from(JSON.stringify({ at: position, of: filterHash(query) })).toString('base64url');
}

/** Throws VALIDATION_FAILED when it is not one that was handed out here for the same filters. */
export function readCursor<T>(position: z.ZodType<T>, query: ListQuery): T | undefined {
  if (query.cursor === undefined) return undefined;
  const cursor = parseCursor(query.cursor);
  if (cursor?.of === filterHash(query)) {
    const at = position.safeParse(cursor.at);
    if (at.success) return at.data;
  }
  throw new ProblemError(
    validationFailed([
      { field: 'cursor', rule: 'CURSOR', message: 'must be the nextCursor of an earlier answer to the same filters' },
    ]),
  );
}

/** What a position may hold: nothing that Postgres cannot read. */
export const idPosition = z.guid();
const bigintMax = 2n ** 63n - 1n;
export const numberPosition = z
  .string()
  // One check: a second one would run on a text that the first one refused.
  .refine((text) => /^\d{1,19}$/.test(text) && BigInt(text) <= bigintMax);
export const instantPosition = z.iso.datetime().refine((text) => Date.parse(text) >= 0);

function parseCursor(text: string): { at: unknown; of: unknown } | undefined {
  try {
    return z
      .object({ at: z.unknown(), of: z.unknown() })
      .parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

/** A place among other rows means nothing: a cursor belongs to its filters, of whatever page size. */
function filterHash({ cursor: _cursor, limit: _limit, ...filters }: ListQuery): string {
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  return hash('sha256', canonicalJson(given), 'base64url').slice(0, 11);
}
