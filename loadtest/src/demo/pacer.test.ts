import { expect, it } from 'vitest';
import { Pacer } from './pacer.js';

it('gives the rate it was told, evenly', () => {
  const pacer = new Pacer(0);
  pacer.setRate(500, 0);
  const taken = Array.from({ length: 400 }, (_, i) => pacer.take((i + 1) * 25));
  expect(taken.reduce((sum, n) => sum + n)).toBe(5_000);
  expect(Math.max(...taken)).toBe(13);
  expect(Math.min(...taken)).toBe(12);
});

it('says how long it is until the next one is due', () => {
  const pacer = new Pacer(0);
  pacer.setRate(5, 0);
  expect(pacer.waitMs()).toBe(200);
  expect(pacer.take(150)).toBe(0);
  expect(pacer.waitMs()).toBeCloseTo(50);
  expect(pacer.take(200)).toBe(1);
});

it('catches up a little after a pause, and never bursts', () => {
  const pacer = new Pacer(0);
  pacer.setRate(1_000, 0);
  expect(pacer.take(100)).toBe(100);
  expect(pacer.take(60_000)).toBe(250);
  const slow = new Pacer(0);
  slow.setRate(0.5, 0);
  expect(slow.take(60_000)).toBe(1);
});

it('begins anew when the rate changes, and rests at zero', () => {
  const pacer = new Pacer(0);
  pacer.setRate(20_000, 0);
  pacer.setRate(5, 10_000);
  expect(pacer.take(10_000)).toBe(1);
  pacer.setRate(0, 10_000);
  expect(pacer.take(99_000)).toBe(0);
  expect(pacer.waitMs()).toBe(Number.POSITIVE_INFINITY);
});
