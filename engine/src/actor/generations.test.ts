import { expect, test } from 'vitest';
import { Generations } from './generations.js';

test('what is used stays, what is not goes, and the size is bounded', () => {
  const cache = new Generations<number>(100);
  cache.set('used', -1);
  for (let i = 0; i < 1_000; i += 1) {
    cache.set(`k${i}`, i);
    expect(cache.get('used')).toBe(-1);
  }
  const kept = Array.from({ length: 1_000 }, (_, i) => cache.get(`k${i}`)).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(200);
  expect(cache.get('k999')).toBe(999);
  expect(cache.get('k0')).toBeUndefined();
});

test('a newer value hides the older one, and a deleted key is gone from both generations', () => {
  const cache = new Generations<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('c', 3); // a and b are old now
  cache.set('a', 4);
  expect(cache.get('a')).toBe(4);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
  expect([cache.get('b'), cache.get('c')]).toEqual([2, 3]);
});
