import { expect, it } from 'vitest';
import { goneRows } from './gone-rows.js';

const rows = ['e', 'd', 'c', 'b', 'a'];
const gone = (items: string[], nextCursor: string | null) => [...goneRows(rows, { items, nextCursor }, (id) => id)];

it('a row that is not among the newest any more is gone', () => {
  expect(gone(['f', 'e', 'c'], 'more')).toEqual(['d']);
});

it('of rows below the newest nothing is known', () => {
  expect(gone(['e', 'd', 'c'], 'more')).toEqual([]);
});

it('where the newest are all there are, all others are gone', () => {
  expect(gone(['d', 'c'], null)).toEqual(['e', 'b', 'a']);
  expect(gone([], null)).toEqual(rows);
});

it('where the newest end at a row that was not read, nothing is known', () => {
  expect(gone(['i', 'h', 'g'], 'more')).toEqual([]);
});

it('where the newest are none so far, and more may come, nothing is known', () => {
  expect(gone([], 'more')).toEqual([]);
});
