import { expect, it } from 'vitest';
import { isNothing, leftOf } from './left-to-pay-back.js';

it.each([
  ['100.00', '60.00', 'EUR', '40.00'],
  ['0.30', '0.10', 'EUR', '0.20'],
  ['90071992547409.93', '0.01', 'EUR', '90071992547409.92'],
  ['500', '0', 'JPY', '500'],
  ['1.234', '1.234', 'KWD', '0.000'],
])('of %s, %s of which went back, %s has %s left', (amount, paidBack, currency, left) => {
  expect(leftOf(amount, paidBack, currency)).toBe(left);
});

it('nothing is left of what went back', () => {
  expect(['0', '0.00', '0.000'].map(isNothing)).toEqual([true, true, true]);
  expect(isNothing('0.01')).toBe(false);
});
