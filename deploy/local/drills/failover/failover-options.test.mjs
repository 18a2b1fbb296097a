// @ts-check
import { expect, it } from 'vitest';
import { failoverRounds } from './failover-options.mjs';

it('every kind of fault once, unless rounds or kinds are given', () => {
  expect(failoverRounds([])).toEqual(['killed', 'frozen', 'cut', 'crashed', 'planned']);
  expect(failoverRounds(['--only', 'cut,killed', '--rounds=2'])).toEqual(['cut', 'killed', 'cut', 'killed']);
});

it('a slip of the pen starts nothing', () => {
  expect(() => failoverRounds(['--round', '2'])).toThrow('does not know "--round"');
  expect(() => failoverRounds(['--rounds', '0'])).toThrow('from 1 to 50');
  expect(() => failoverRounds(['--only', 'drowned'])).toThrow('killed,frozen,cut');
});
