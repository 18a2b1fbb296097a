import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** What is kept of a message: more than any that the platform sends. */
export const payloadBytesMax = 1_024 * 1_024;
const headersCharsMax = 16_384;

export interface DeadLetter {
  /** Without the platform's prefix: `mail.v1`. */
  readonly queue: string;
  readonly messageId: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly payload: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The same for what may be the same letter brought twice; null: it is brought once. */
  readonly digest: Buffer | null;
}

/** Writes a letter down, once. False: it is there already. */
export async function recordDeadLetter(client: Pick<ClientBase, 'query'>, letter: DeadLetter): Promise<boolean> {
  const headers = storable(JSON.stringify(letter.headers));
  const { rowCount } = await client.query(
    `INSERT INTO dead_letters (dead_letter_id, queue, message_id, reason, attempts, first_failed_at, payload, payload_bytes, headers, digest)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (digest) DO NOTHING`,
    [
      ...[uuidv7(), lineOf(letter.queue, 255) || 'unknown', letter.messageId && lineOf(letter.messageId, 255)],
      ...[lineOf(letter.reason, 1_000) || 'unknown', letter.attempts, letter.firstFailedAt],
      ...[letter.payload.subarray(0, payloadBytesMax), letter.payload.length],
      ...[headers.length > headersCharsMax ? '{}' : headers, letter.digest],
    ],
  );
  return rowCount === 1;
}

/** Its texts without what Postgres' JSON refuses: U+0000, and half a pair of surrogates. */
function storable(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (written) =>
    written.includes('\\u') ? JSON.stringify(JSON.parse(written).replaceAll('\0', ' ').toWellFormed()) : written,
  );
}

/** Anybody may have sent it. Postgres stores no U+0000. */
function lineOf(text: string, charsMax: number): string {
  return text.replaceAll('\0', ' ').slice(0, charsMax).toWellFormed();
}
