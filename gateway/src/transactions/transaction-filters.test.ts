import { expect, it } from 'vitest';
import { totalFilters, transactionFilters } from './transaction-filters.js';

it.each([
  ['', '12.50', 'minAmount'],
  ['12.50', '', 'maxAmount'],
  ['12.50', '1e3', 'maxAmount'],
])('bounds of %j and %j, of which one is no amount, are refused as such', (minAmount, maxAmount, wrong) => {
  for (const filters of [transactionFilters, totalFilters]) {
    const { error } = filters.safeParse({ minAmount, maxAmount });
    expect(error?.issues.map(({ path, message }) => [path[0], message.split(':', 1)[0]])).toEqual([
      [wrong, 'AMOUNT_FORMAT'],
    ]);
  }
});

it('bounds that are upside down are refused, equal ones are not', () => {
  expect(transactionFilters.safeParse({ minAmount: '2', maxAmount: '1.9999' }).error?.issues[0]?.message).toMatch(
    /^RANGE/,
  );
  expect(transactionFilters.safeParse({ minAmount: '2', maxAmount: '2.00' }).success).toBe(true);
});
