import { expect, test } from 'vitest';
import { desiredOwner } from './assignment.js';

const partitions = Array.from({ length: 64 }, (_, i) => i);
const members = ['engine-a', 'engine-b', 'engine-c'];

test('partitions are spread over the members', () => {
  const counts = members.map((member) => partitions.filter((p) => desiredOwner(p, members) === member).length);
  expect(Math.min(...counts)).toBeGreaterThan(10);
});

test('the order in which members are known does not matter', () => {
  for (const p of partitions) expect(desiredOwner(p, [...members].reverse())).toBe(desiredOwner(p, members));
});

test('when a member leaves, only its own partitions move', () => {
  const left = members.slice(1);
  for (const p of partitions) {
    const before = desiredOwner(p, members) as string;
    if (left.includes(before)) expect(desiredOwner(p, left)).toBe(before);
  }
});

test('nobody owns anything when nobody is there', () => {
  expect(desiredOwner(1, [])).toBeUndefined();
});
