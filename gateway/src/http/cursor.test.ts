import { describe, expect, it } from 'vitest';
import { idPosition, instantPosition, numberPosition, readCursor, writeCursor } from './cursor.js';
import { ProblemError } from './problem.js';

const id = '01a204c4-5be4-733a-8403-d060098f0282';

function refusal(read: () => unknown): unknown {
  try {
    read();
    return null;
  } catch (error) {
    return (error as ProblemError).problem.errors?.map(({ field, rule }) => [field, rule]);
  }
}

describe('a cursor', () => {
  it('goes on where its list left off, whatever the size of the page', () => {
    const cursor = writeCursor(id, { kind: 'HOLD', currency: undefined, limit: 5 });
    expect(readCursor(idPosition, { kind: 'HOLD', limit: 7, cursor })).toBe(id);
    expect(readCursor(idPosition, { kind: 'HOLD' })).toBeUndefined();
  });

  it.each([
    ['another filter', { kind: 'VOID' }],
    ['one filter more', { kind: 'HOLD', currency: 'EUR' }],
    ['one filter less', {}],
  ])('is refused with %s', (_, filters) => {
    const cursor = writeCursor(id, { kind: 'HOLD' });
    expect(refusal(() => readCursor(idPosition, { ...filters, cursor }))).toEqual([['cursor', 'CURSOR']]);
  });

  it.each([
    ['a number beyond what Postgres holds', numberPosition, '9223372036854775808'],
    ['a negative number', numberPosition, '-1'],
    ['a number with an exponent', numberPosition, '1e3'],
    ['a fraction', numberPosition, '1.5'],
    ['a number that is no text', numberPosition, 7],
    ['an instant before all', instantPosition, '0000-01-01T00:00:00.000Z'],
    ['an instant that is no day', instantPosition, '2026-02-30T00:00:00.000Z'],
    ['an id that is none', idPosition, `${id}0`],
    ['nothing', idPosition, null],
  ] as const)('with %s is refused', (_, position, at) => {
    const cursor = writeCursor(at, {});
    expect(refusal(() => readCursor<unknown>(position, { cursor }))).toEqual([['cursor', 'CURSOR']]);
  });

  it.each(['', 'abc', '%', Buffer.from('null').toString('base64url'), Buffer.from(`"${id}"`).toString('base64url')])(
    'of somebody\u2019s own making is refused: %j',
    (cursor) => {
      expect(refusal(() => readCursor(idPosition, { cursor }))).toEqual([['cursor', 'CURSOR']]);
    },
  );

  it('holds the largest number that Postgres does', () => {
    const cursor = writeCursor('9223372036854775807', {});
    expect(readCursor(numberPosition, { cursor })).toBe('9223372036854775807');
  });
});
