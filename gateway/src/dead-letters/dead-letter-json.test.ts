import { expect, it } from 'vitest';
import { deadLetterJson } from './dead-letter-json.js';
import type { DeadLetterRow } from './list-dead-letters.js';

const row = (payload: string, more: Partial<DeadLetterRow> = {}): DeadLetterRow => ({
  dead_letter_id: '0193a0c0-0000-7000-8000-000000000001',
  ...{ queue: 'mail.v1', message_id: null, reason: '550 <ann@example.com>: no such mailbox', attempts: 5 },
  ...{
    first_failed_at: new Date(0),
    status: 'WAITING',
    shown_payload: Buffer.from(payload),
    payload_bytes: payload.length,
  },
  ...more,
});
const shown = (letter: DeadLetterRow, knowsAddresses = true) => JSON.parse(deadLetterJson(letter, knowsAddresses));

it('shows addresses to those alone who may see them', () => {
  const letter = row('{"mailId":"1","to":"ann@example.com","note":"bob\\u0040example.com"}');
  expect(shown(letter)).toMatchObject({
    payload: { to: 'ann@example.com' },
    reason: '550 <ann@example.com>: no such mailbox',
  });
  expect(shown(letter, false)).toMatchObject({
    payload: { mailId: '1', to: '(address)' },
    reason: '550 <(address)>: no such mailbox',
  });
  expect(JSON.stringify(shown(letter, false))).not.toContain('example.com');
});

it('shows what is no JSON, and what is cut, as text', () => {
  expect(shown(row('not JSON "'))).toMatchObject({ payload: 'not JSON "' });
  expect(shown(row('{"a":', { payload_bytes: 9_000 }))).toMatchObject({ payload: '{"a":', payloadBytes: 9_000 });
  expect(deadLetterJson(row('{"n":12345678901234567890}'), false)).toContain('"payload":{"n":12345678901234567890}');
});

it('keeps the escapes before and in an address whole', () => {
  const letter = row(String.raw`{"a":"line\nann@example.com","b\tbob@example.com":["\\eve@\u0065xample.com",1.50]}`);
  const text = deadLetterJson(letter, false);
  expect(JSON.parse(text)).toMatchObject({ payload: { a: 'line\n(address)', 'b\t(address)': ['\\(address)', 1.5] } });
  expect(text).toContain('1.50');
  expect(shown(letter).payload.a).toBe('line\nann@example.com');
});
