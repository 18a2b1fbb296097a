import { expect, it } from 'vitest';
import { prefers } from './accept.js';

it.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['Text/CSV; charset=utf-8', true],
  ['text/csv;q=0', false],
  ['text/csv;q=0.5, application/json', false],
  ['application/json;q=0.5, text/csv', true],
  ['text/html, text/csv, */*;q=0.1', true],
])('%s', (accept, csv) => {
  expect(prefers(accept, 'text/csv')).toBe(csv);
});
