import { expect, it } from 'vitest';
import { formatAmount, parseAmount } from './index.js';

it.each([
  ['12.50', 125_000n, 2],
  ['0', 0n, 0],
  ['-0.01', -100n, 2],
  ['99999999999999.9999', 999_999_999_999_999_999n, 4],
  ['7', 70_000n, 0],
])('%s is %s ten-thousandths, and back', (text, units, decimals) => {
  expect(parseAmount(text)).toBe(units);
  expect(formatAmount(units, decimals)).toBe(text);
});

it('nothing is rounded and nothing is guessed', () => {
  expect(() => formatAmount(125n)).toThrow(RangeError);
  for (const text of ['', '.5', '1.', '1e3', '1,000', '1.23456', ' 1', '+1', 'NaN']) {
    expect(() => parseAmount(text), text).toThrow(TypeError);
  }
});
