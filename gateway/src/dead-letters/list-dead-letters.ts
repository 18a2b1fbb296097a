import type { Pool } from 'pg';
import { z } from 'zod';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageFields, pageOf, pageSizeDefault } from '../http/page.js';
import { isGoodText } from '../http/text-check.js';

/** Of each, so that a page stays small. */
const payloadBytesShownMax = 8_192;

export interface DeadLetterRow {
  dead_letter_id: string;
  queue: string;
  message_id: string | null;
  reason: string;
  attempts: number;
  first_failed_at: Date;
  shown_payload: Buffer;
  payload_bytes: number;
  status: 'WAITING' | 'REPLAYING' | 'REPLAYED' | 'DELETED';
}

export const deadLetterFilters = z.strictObject({
  ...pageFields,
  queue: z
    .string()
    .min(1)
    .max(255)
    .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate')
    .optional()
    .meta({ description: 'Of this queue alone.', example: 'mail.v1' }),
});

/** Those that lie there still, the newest first. */
export async function listDeadLetters(
  database: Pick<Pool, 'query'>,
  filters: z.infer<typeof deadLetterFilters>,
): Promise<Page<DeadLetterRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const before = readCursor(idPosition, filters) ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const ofQueue = filters.queue !== undefined;
  const { rows } = await database.query<DeadLetterRow>(
    `SELECT dead_letter_id, queue, message_id, reason, attempts, first_failed_at, payload_bytes, status,
            substring(payload FROM 1 FOR ${payloadBytesShownMax}) AS shown_payload
       FROM dead_letters
      WHERE status IN ('WAITING', 'REPLAYING') AND dead_letter_id < $1 ${ofQueue ? 'AND queue = $3' : ''}
      ORDER BY ${ofQueue ? 'queue DESC, ' : ''}dead_letter_id DESC LIMIT $2`,
    [before, limit + 1, ...(ofQueue ? [filters.queue] : [])],
  );
  return pageOf(rows, limit, (last) => last.dead_letter_id);
}
