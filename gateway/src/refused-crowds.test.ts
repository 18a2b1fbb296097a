import { expect, it } from 'vitest';
import { RefusedCrowds } from './refused-crowds.js';

it('the first of a crowd is told at once, then one every ten seconds for all of them', () => {
  let nowMs = 0;
  const crowds = new RefusedCrowds(() => nowMs);
  const due = () => crowds.due('/api/auth/sessions', 'RATE_LIMITED', '');
  expect([due(), due(), due()]).toEqual([1, 0, 0]);
  nowMs = 9_999;
  expect(due()).toBe(0);
  nowMs = 10_000;
  expect([due(), due()]).toEqual([4, 0]);
});

it('another route, code or caller is another crowd', () => {
  const crowds = new RefusedCrowds(() => 0);
  const all = [
    ['/a', 'RATE_LIMITED', 'x'],
    ['/b', 'RATE_LIMITED', 'x'],
    ['/a', 'OVERLOADED', 'x'],
    ['/a', 'RATE_LIMITED', 'y'],
  ] as const;
  expect(all.map((one) => crowds.due(one[0], one[1], one[2]))).toEqual([1, 1, 1, 1]);
  expect(all.map((one) => crowds.due(one[0], one[1], one[2]))).toEqual([0, 0, 0, 0]);
});

it('it remembers a bounded number of them', () => {
  const crowds = new RefusedCrowds(() => 0);
  for (let i = 0; i < 2_000; i++) crowds.due('/a', 'RATE_LIMITED', String(i));
  expect(crowds.due('/a', 'RATE_LIMITED', '1999')).toBe(0);
  expect(crowds.due('/a', 'RATE_LIMITED', '0')).toBe(1);
});
