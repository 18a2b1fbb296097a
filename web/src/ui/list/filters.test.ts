import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Filter,
  filterValues,
  filterWords,
  instantField,
  instantOf,
  parseSearch,
  stringifySearch,
} from './filters.js';

const filters: Filter[] = [
  { name: 'reference', label: 'Reference', kind: 'text' },
  { name: 'minAmount', label: 'At least', kind: 'amount' },
];

describe('a filter and its address', () => {
  it.each([
    '00123',
    '1e5',
    'true',
    'null',
    '12.50',
    '100000000000000.0001',
    '{"a":1}',
    '"x"',
    '\u{1f4b6} & ?#=+%',
    ' x ',
  ])('%s comes back as it was', (value) => expect(roundTrip({ reference: value })).toEqual({ reference: value }));

  it('any text comes back as it was', () => {
    const values = fc.record({ reference: text(), minAmount: text() }, { requiredKeys: [] });
    fc.assert(
      fc.property(values, (search) => {
        expect(roundTrip(search)).toEqual(search);
      }),
    );
  });

  it('what a list does not know, or says nothing, is left out', () => {
    expect(filterValues({ reference: '', colour: 'red', minAmount: 3 }, filters)).toEqual({});
    expect(stringifySearch({ reference: undefined })).toBe('');
  });

  it('of a name that stands twice the first counts, also where it is a name that objects have', () => {
    expect(parseSearch('?reference=a&reference=b&constructor=c')).toEqual({ reference: 'a', constructor: 'c' });
  });

  it('a moment is typed and said in UTC', () => {
    expect(instantOf('2026-01-31T12:00')).toBe('2026-01-31T12:00:00.000Z');
    expect(instantField('2026-01-31T12:00:05.000Z')).toBe('2026-01-31T12:00:05');
    expect(instantOf('soon')).toBe('');
    const from: Filter = { name: 'from', label: 'From', kind: 'instant' };
    expect(filterWords(from, '2026-01-31T12:00:00.000Z')).toBe('From: 2026-01-31 12:00:00 UTC');
    expect(filterWords(from, 'soon')).toBe('From: soon');
  });
});

function text() {
  return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
}

function roundTrip(search: Record<string, string>) {
  return filterValues(parseSearch(stringifySearch(search)), filters);
}
