import { expect, it } from 'vitest';
import { CsvLines } from './export-transactions.js';

it('counts the lines of a file that comes in pieces, and not the line feeds within a text', () => {
  const file = new TextEncoder().encode('id,text\r\n1,"two\nlines"\r\n2,"a ""quoted""\n\n word"\r\n');
  for (let size = 1; size <= file.length; size += 1) {
    const lines = new CsvLines();
    for (let at = 0; at < file.length; at += size) lines.count(file.subarray(at, at + size));
    expect(lines.ended).toBe(3);
  }
});
