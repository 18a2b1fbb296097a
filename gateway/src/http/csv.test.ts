import { expect, it } from 'vitest';
import { csvLine } from './csv.js';

it('joins cells as RFC 4180 has it', () => {
  expect(csvLine(['a', 1, null, { text: null }, '-12.50'])).toBe('a,1,,,-12.50\r\n');
  expect(csvLine([{ text: 'a,b' }, { text: 'say "no"' }, { text: 'two\nlines' }])).toBe(
    '"a,b","say ""no""","two\nlines"\r\n',
  );
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\n=1', ' =1', '\u00a0-1', '＝1', '＠x'])(
  'makes a text that begins like a formula harmless: %j',
  (text) => {
    const line = csvLine([{ text }, { text: `x${text}` }]);
    expect(line.replaceAll('"', '')).toBe(`'${text},x${text}\r\n`);
  },
);

it('makes it harmless before it is quoted', () => {
  expect(csvLine([{ text: '=HYPERLINK("x","y")' }])).toBe('"\'=HYPERLINK(""x"",""y"")"\r\n');
});
