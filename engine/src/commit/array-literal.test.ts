import { expect, test } from 'vitest';
import { plainArray } from './array-literal.js';

test('some elements, and none', () => {
  expect(plainArray([1, 2])).toBe('{1,2}');
  expect(plainArray([])).toBe('{}');
});
