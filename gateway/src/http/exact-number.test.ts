import { describe, expect, it } from 'vitest';
import { parseObject } from './body-parser.js';
import { readMetadata } from './fields.js';

const metadataOf = (number: string) =>
  readMetadata(parseObject(`{"metadata":{"a":[{"n":${number}}]}}`).metadata as Record<string, unknown>);

describe('a number in metadata', () => {
  it.each([
    ['0.1', '0.1'],
    ['1.50', '1.5'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['1.0000000000000000000000', '1'],
    ['0.000000000000000000000000', '0'],
    ['9007199254740991', '9007199254740991'],
    ['12345678901234.56', '12345678901234.56'],
    ['1E-7', '1e-7'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e-300', '1.7976931348623157e-300'],
    ['0e999', '0'],
  ])('that is kept is taken: %s', (number, kept) => {
    expect(metadataOf(number)).toBe(`{"a":[{"n":${kept}}]}`);
  });

  it.each([
    '0.1000000000000000055',
    '0.12345678901234567890123',
    '3.14159265358979323846',
    '123456789012.123456789',
    '1.00000000000000000001',
    '9007199254740993',
    '9007199254740992.5',
    '9007199254740993.0',
    '1e400',
    '1e-400',
    '-1e-400',
    '4e-324',
    `0.${'0'.repeat(330)}1`,
  ])('that would be rounded is refused: %s', (number) => {
    expect(metadataOf(number)).toMatchObject({ field: 'metadata', rule: 'METADATA_NUMBER' });
  });

  it('is looked at in a body with escapes too, and a text of digits is none', () => {
    const body = parseObject(String.raw`{"t":"\u0041 0.1000000000000000055","n":0.1000000000000000055}`);
    expect(body).toEqual({ t: 'A 0.1000000000000000055', n: Number.NaN });
  });
});
