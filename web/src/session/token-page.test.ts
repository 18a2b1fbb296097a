import { expect, test } from 'vitest';
import { refusalText } from './token-page.js';

test.each([
  ['TOKEN_ENDED', 'The token has ended. Paste a new one.'],
  ['UNAUTHENTICATED', 'The gateway does not know this token. It may be from another installation, or cut short.'],
  ['FORBIDDEN', 'This token does not open the wallboard.'],
  ['BAD_HANDSHAKE', 'The gateway refused: since must be a whole number'],
] as const)('a refusal as %s says what to do', (code, text) => {
  expect(refusalText({ code, detail: 'since must be a whole number' })).toBe(text);
});
