import type { DeadLetterRow } from './list-dead-letters.js';

/** @param knowsAddresses the reader may see whose mail it is */
export function deadLetterJson(row: DeadLetterRow, knowsAddresses: boolean): string {
  const shown = (text: string) => (knowsAddresses ? text : withoutAddresses(text));
  const letter = {
    deadLetterId: row.dead_letter_id,
    queue: row.queue,
    messageId: row.message_id === null ? null : shown(row.message_id),
    reason: shown(row.reason),
    attempts: row.attempts,
    firstFailedAt: row.first_failed_at.toISOString(),
  };
  const text = row.shown_payload.toString('utf8').toWellFormed();
  const payload = isJson(text, row) ? shownJson(text, shown) : JSON.stringify(shown(text));
  const rest = JSON.stringify({ payloadBytes: row.payload_bytes, status: row.status });
  return `${JSON.stringify(letter).slice(0, -1)},"payload":${payload},${rest.slice(1)}`;
}

/** All of it is there, and it can stand in an answer as it is: numbers keep their digits. */
function isJson(text: string, { shown_payload, payload_bytes }: DeadLetterRow): boolean {
  if (shown_payload.length < payload_bytes) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Each text of it as it reads: an escape stays whole. Numbers keep their digits. */
function shownJson(json: string, shown: (text: string) => string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (written) => {
    const text: string = JSON.parse(written);
    const told = shown(text);
    return told === text ? written : JSON.stringify(told);
  });
}

/** Whatever could be an address of a mailbox, in the words of a server or in a payload; also with its @ written as an escape. */
function withoutAddresses(text: string): string {
  return text.replace(/[^\s"'<>(),:;[\]{}\\]*(?:@|\\u0040)[^\s"'<>(),:;[\]{}\\]*/gi, '(address)');
}
