import { expect, it } from 'vitest';
import { enginesWords } from './engines-words.js';
import { isTold } from './told-by-alerts.js';

const one = { engineId: 'a', standsBy: false };
const other = { engineId: 'b', standsBy: true };

it.each([
  [[one], { engines: [one, other] }, '1 active, 1 standing by'],
  [[one], { engines: [one] }, '1 active'],
  [[one], null, '1 active'],
  // It has just taken over: the stream is a moment behind the tables.
  [[one, other], { engines: [one, other] }, '2 active'],
  [[], { engines: [other] }, '0 active, 1 standing by'],
])('engines %j, heard %j: %s', (active, heard, words) => expect(enginesWords(active, heard)).toBe(words));

it('a break that an alert tells is not told again, and no other is hidden by it', () => {
  const alerts = [{ alertType: 'LEDGER_INCONSISTENCY' }];
  expect([isTold('BREAKS', alerts), isTold('DEAD_LETTERS', alerts), isTold('BREAKS', [])]).toEqual([
    true,
    false,
    false,
  ]);
});
