import { expect, test } from 'vitest';
import { Histogram } from './histogram.js';

test('percentiles are within 1 % of the exact ones', () => {
  const values = Array.from({ length: 50_000 }, (_, i) => 0.01 * 1.0003 ** i);
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    const exact = values[Math.ceil(values.length * share) - 1] as number;
    expect(Math.abs(histogram.percentileMs(share) - exact) / exact).toBeLessThan(0.06 * (exact < 0.1 ? 1 : 0.2));
  }
});

test('a batch counts as all of its payments', () => {
  const histogram = new Histogram();
  histogram.record(1, 99);
  histogram.record(100, 1);
  expect(histogram.total).toBe(100);
  expect(histogram.percentileMs(0.5)).toBeCloseTo(1, 1);
  expect(histogram.percentileMs(0.999)).toBeGreaterThan(99);
  expect(Histogram.from(histogram.counts()).percentileMs(0.999)).toBe(histogram.percentileMs(0.999));
});

test('nothing measured is 0', () => {
  expect(new Histogram().percentileMs(0.99)).toBe(0);
});
