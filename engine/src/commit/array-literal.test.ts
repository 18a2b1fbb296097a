import { expect, test } from 'vitest';
import { ArrayLiteral, plainArray } from './array-literal.js';

test('elements of every kind, and none', () => {
  const literal = new ArrayLiteral();
  literal.plain(1);
  literal.plain('ACTIVE');
  literal.plain(null);
  literal.money(-125_000n);
  literal.money(null);
  literal.text('say "hi" \\ {a,b}');
  literal.text(null);
  literal.text('NULL');
  literal.text('');
  expect(literal.toString()).toBe('{1,ACTIVE,NULL,-125000e-4,NULL,"say \\"hi\\" \\\\ {a,b}",NULL,"NULL",""}');
  expect(new ArrayLiteral().toString()).toBe('{}');
  expect(plainArray([1, 2])).toBe('{1,2}');
  expect(plainArray([])).toBe('{}');
});
