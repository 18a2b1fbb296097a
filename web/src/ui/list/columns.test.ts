import { expect, it } from 'vitest';
import { columnsText, shownColumns, viewQuery } from './columns.js';
import { parseSearch } from './filters.js';

const all = [{ name: 'at' }, { name: 'kind' }, { name: 'amount' }];

it('columns are the address: those it names, and always the first, which leads to the row', () => {
  expect(shownColumns(all, undefined)).toBe(all);
  expect(shownColumns(all, 'amount,colour')).toEqual([all[0], all[2]]);
  expect(shownColumns(all, 'colour')).toBe(all);
  expect(columnsText(all, new Set(['amount']))).toBe('at,amount');
  expect(columnsText(all, new Set(['at', 'kind', 'amount']))).toBe(null);
  expect(columnsText(all, new Set())).toBe(null);
});

it.each(['00123', '1e5', 'true', '100000000000000.0001', '\u{1f4b6} & ?#=+%', ' x '])(
  'a view keeps %s as it is',
  (reference) => {
    const query = viewQuery({ reference }, 'at,amount');
    expect(parseSearch(`?${query}`)).toEqual({ reference, columns: 'at,amount' });
  },
);
