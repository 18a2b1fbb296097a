import { expect, it } from 'vitest';
import { rowsCsv } from './rows-csv.js';
import { CsvLines } from './save-file.js';

it('rows of a list are a file that no spreadsheet runs anything of, a line each', () => {
  const rows = [
    { id: 'a', amount: '-12.50', note: '=HYPERLINK("x")', tags: ['x', 'y'], at: null },
    { id: 'b', amount: '00123', note: 'two\nlines, "quoted"', more: true },
  ];
  const text = rowsCsv(rows);
  expect(text.split('\r\n')).toEqual([
    'id,amount,note,tags,at,more',
    'a,-12.50,"\'=HYPERLINK(""x"")","[""x"",""y""]",,',
    'b,00123,"two\nlines, ""quoted""",,,true',
    '',
  ]);
  const lines = new CsvLines();
  lines.count(new TextEncoder().encode(text));
  expect(lines.ended).toBe(3);
});

it.each([' =1+1', '\n=1', '\u00a0-1', '＝1', '＠x', '-1+1', '- 12.50'])(
  'a text that a spreadsheet may run is harmless, however it begins: %j',
  (note) => {
    expect(rowsCsv([{ note }]).replaceAll('"', '')).toBe(`note\r\n'${note}\r\n`);
  },
);

it('counts the lines of a file that comes in pieces, and not the line feeds within a text', () => {
  const file = new TextEncoder().encode('id,text\r\n1,"two\nlines"\r\n2,"a ""quoted""\n\n word"\r\n');
  for (let size = 1; size <= file.length; size += 1) {
    const lines = new CsvLines();
    for (let at = 0; at < file.length; at += size) lines.count(file.subarray(at, at + size));
    expect(lines.ended).toBe(3);
  }
});
