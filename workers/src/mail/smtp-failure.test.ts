import { expect, test } from 'vitest';
import { errorCharsMax, errorText, failureOf } from './smtp-failure.js';

test.each([
  ['the mailbox does not exist', { code: 'EENVELOPE', responseCode: 550 }, 'NEVER'],
  ['the message is refused', { code: 'EMESSAGE', responseCode: 554 }, 'NEVER'],
  ['it is larger than the server takes', { code: 'EMESSAGE' }, 'NEVER'],
  ['come back later', { code: 'EENVELOPE', responseCode: 450 }, 'LATER'],
  ['the disk is full', { code: 'EMESSAGE', responseCode: 452 }, 'LATER'],
  ['sign in first', { code: 'EENVELOPE', responseCode: 530 }, 'LATER'],
  ['the server leaves', { code: 'EMESSAGE', responseCode: 421 }, 'UNCLEAR'],
  ['the credentials are wrong', { code: 'EAUTH', responseCode: 535 }, 'UNCLEAR'],
  ['nobody listens', { code: 'ESOCKET' }, 'UNCLEAR'],
  ['the connection was lost in the middle', { code: 'ECONNECTION' }, 'UNCLEAR'],
  ['it took too long', { code: 'ETIMEDOUT' }, 'UNCLEAR'],
  ['STARTTLS is not there', { code: 'ETLS', responseCode: 502 }, 'UNCLEAR'],
  ['anything else', new Error('what?'), 'UNCLEAR'],
  ['nothing', undefined, 'UNCLEAR'],
])('%s', (_what, error, failure) => expect(failureOf(error)).toBe(failure));

test('a reason is one line of bounded length, whatever the server said', () => {
  expect(errorText(new Error('550 no\r\nsuch\0user'))).toBe('550 no such user');
  expect(errorText(new Error('x'.repeat(5_000)))).toHaveLength(errorCharsMax);
  expect(errorText(new Error(''))).toBe('no reason given');
  expect(errorText('\ud800')).toBe('\ufffd');
});
