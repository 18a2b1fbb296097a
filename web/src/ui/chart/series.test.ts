import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lastKnown, roundMarks } from './series.js';

it('marks of an axis are round, few, and hold all that is drawn', () => {
  expect(roundMarks(0, 97)).toEqual([0, 50, 100]);
  expect(roundMarks(0, 4)).toEqual([0, 1, 2, 3, 4]);
  expect(roundMarks(0, 0)).toEqual([0, 1]);
  expect(roundMarks(-30, -30)).toEqual([-30, 0]);
  const figures = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => Math.round(value * 100) / 100);
  fc.assert(
    fc.property(figures, figures, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const marks = roundMarks(low, high);
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThanOrEqual(7);
      expect(marks[0]).toBeLessThanOrEqual(low);
      expect(marks.at(-1)).toBeGreaterThanOrEqual(high - Math.abs(high) * 1e-9);
    }),
  );
});

it('a line is named where it ends, not where nothing is known any more', () => {
  const series = { label: 'Today', look: 'line', value: (each: number | null) => each, words: String } as const;
  expect(lastKnown([1, null, 3, null], series)).toBe(2);
  expect(lastKnown([null], series)).toBe(-1);
});
