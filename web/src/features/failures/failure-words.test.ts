import { expect, it } from 'vitest';
import { shareText, trendWords } from './failure-words.js';

it('a count is told beside the one before it', () => {
  expect(trendWords(3, 3)).toBe('as before');
  expect(trendWords(0, 0)).toBe('as before');
  expect(trendWords(3, 0)).toBe('new');
  expect(trendWords(0, 3)).toBe('none any more');
  expect(trendWords(1_500, 300)).toBe('1,200 more');
  expect(trendWords(1, 3)).toBe('2 fewer');
});

it('a share that is there is never told as none', () => {
  expect(shareText(0)).toBe('0 %');
  expect(shareText(0.000_01)).toBe('0.1 %');
  expect(shareText(0.1234)).toBe('12.3 %');
  expect(shareText(1)).toBe('100.0 %');
});
