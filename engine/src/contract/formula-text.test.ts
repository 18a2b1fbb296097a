import { expect, it } from 'vitest';
import { harmlessText } from './formula-text.js';

it.each([
  ...['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\n=1', '\nx', ' =1', ' \t@x', '\u00a0-1', '\u3000＝1', '\ufeff=1'],
  ...['＝1', '＋1', '－1', '＠x'],
])('makes a text that begins like a formula harmless: %j', (text) => {
  expect(harmlessText(text)).toBe(`'${text}`);
  expect(harmlessText(`x${text}`)).toBe(`x${text}`);
});

it.each(['', ' ', 'a=b', ' a', "'=1", '1-1', '12.50'])('leaves what is none as it is: %j', (text) => {
  expect(harmlessText(text)).toBe(text);
});
