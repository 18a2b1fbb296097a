import { expect, test } from 'vitest';
import { medianByPart, microsEach, percentOfCore, sumOfParts } from './cpu-by-part.js';

test('CPU a request is what each part used meanwhile, shared by the requests', () => {
  const before = { gateway: 1_000, postgres: 5_000 };
  const after = { gateway: 1_200, postgres: 5_050 };
  expect(microsEach(before, after, 1_000)).toEqual({ gateway: 200, postgres: 50 });
});

test('where CPU time cannot be read, or nothing was answered, none is made up', () => {
  expect(microsEach(null, { gateway: 1 }, 10)).toBeNull();
  expect(microsEach({ gateway: 1 }, null, 10)).toBeNull();
  expect(microsEach({ gateway: 1 }, { gateway: 2 }, 0)).toBeNull();
  expect(medianByPart([{ gateway: 100 }, null])).toBeNull();
  expect(sumOfParts(null)).toBeNull();
});

test('a part has its own median over the rounds', () => {
  const rounds = [
    { gateway: 300, postgres: 10 },
    { gateway: 100, postgres: 30 },
    { gateway: 200, postgres: 20 },
  ];
  expect(medianByPart(rounds)).toEqual({ gateway: 200, postgres: 20 });
  expect(sumOfParts({ gateway: 200, postgres: 20 })).toBe(220);
});

test('a core is full when its requests take all of each second', () => {
  expect(percentOfCore(250, 4_000)).toBe(100);
  expect(percentOfCore(100, 1_500)).toBe(15);
});
