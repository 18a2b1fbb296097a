// @ts-check
import { expect, it } from 'vitest';
import { longestGap } from './gap.mjs';

it('tells the longest time without an answer that ended after the fault, whatever was before', () => {
  expect(longestGap([0, 9_000, 9_100, 9_200, 12_700, 12_800], 9_150)).toEqual({ seconds: 3.5, resumedAt: 12_700 });
});

it('begins with the last answer before the fault', () => {
  expect(longestGap([100, 1_100], 600)).toEqual({ seconds: 1, resumedAt: 1_100 });
});

it('takes answers in any order, and none for no gap', () => {
  expect(longestGap([3_000, 1_000, 2_500], 1_500)).toEqual({ seconds: 1.5, resumedAt: 2_500 });
  expect(longestGap([], 5)).toEqual({ seconds: 0, resumedAt: 5 });
});
