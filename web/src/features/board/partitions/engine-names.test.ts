import { describe, expect, test } from 'vitest';
import { engine } from '../../../testing/live-data.js';
import { noEngines, seeEngines } from '../store/seen-engines.js';
import { namesTogether } from './engine-names.js';

const named = (names: Readonly<Record<string, string>>) =>
  seeEngines(
    noEngines,
    Object.entries(names).map(([workerId, name]) => engine(name, { workerId })),
  );

function told(names: Readonly<Record<string, string>>, charsMax?: number): string[] {
  const ids = Object.keys(names);
  return ids.map(namesTogether(named(names), charsMax)(ids));
}

describe('engines that are told of together', () => {
  test('have their names', () => {
    expect(told({ a: 'engine-1', b: 'engine-2' })).toEqual(['engine-1', 'engine-2']);
  });

  test('are told apart when they have the same one: who started later is new, whoever is named first', () => {
    expect(told({ b: 'engine-1', a: 'engine-1', c: 'engine-2' })).toEqual(['engine-1 (new)', 'engine-1', 'engine-2']);
    expect(told({ a: 'one', b: 'one', c: 'one' })).toEqual(['one', 'one (new)', 'one (new 2)']);
  });

  test('alone have their plain name, however often they started before', () => {
    const seen = named({ a: 'engine-1', b: 'engine-1' });
    expect(namesTogether(seen)(['b'])('b')).toBe('engine-1');
  });

  test('keep beginning and end of a long name, within the characters there are', () => {
    expect(told({ a: 'wallet-engine-eu-central-1' }, 12)).toEqual(['wallet\u2026ral-1']);
    for (const charsMax of [10, 11, 12, 13, 14, 20]) {
      const names = told({ a: 'x'.repeat(60), b: 'x'.repeat(60), c: 'y'.repeat(60), d: 'short' }, charsMax);
      expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(charsMax);
      expect(new Set(names).size).toBe(4);
    }
  });

  test('whose long names differ in the middle only are told apart by their ids', () => {
    const middle = (letter: string) => `wallet-engine-${letter.repeat(30)}-eu-central-1`;
    const names = told({ '019ab3f2-aaaa': middle('a'), '019ab3f2-bbbb': middle('b') }, 12);
    expect(names).toEqual(['wallet\u2026ral-1', 'wallet-\u2026bbbb']);
  });

  test('that nobody has heard of are told by their id', () => {
    expect(
      namesTogether(noEngines)(['019ab3f2-7c1e-7d42-9a51-1f0c8e55d9c4'])('019ab3f2-7c1e-7d42-9a51-1f0c8e55d9c4'),
    ).toBe('019ab3\u2026d9c4');
  });
});
