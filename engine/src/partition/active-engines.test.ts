import { describe, expect, test } from 'vitest';
import { activeEngines, type Member } from './active-engines.js';
import { desiredOwner } from './assignment.js';

const partitions = Array.from({ length: 64 }, (_, i) => i);
const member = (workerId: string, about: Partial<Member> = {}): Member => ({
  ...{ workerId, enginesActive: 1, activeSinceMs: 0 },
  ...about,
});
const ownersOf = (members: readonly Member[]) =>
  partitions.map((partition) => desiredOwner(partition, activeEngines(members)));
/** As many as moved, of those whose owner is still there. */
const movedBetween = (before: readonly Member[], after: readonly Member[]) => {
  const [now, live] = [ownersOf(after), after.map(({ workerId }) => workerId)];
  return ownersOf(before).filter((owner, i) => live.includes(owner as string) && now[i] !== owner).length;
};
function* orders<T>(all: readonly T[]): Iterable<T[]> {
  if (all.length === 0) yield [];
  for (const [i, first] of all.entries()) for (const rest of orders(all.toSpliced(i, 1))) yield [first, ...rest];
}

describe('how many engines are active', () => {
  test('all, where none was told a number', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id, { enginesActive: null }));
    expect(activeEngines(members).sort()).toEqual(['a', 'b', 'c']);
  });

  test('as many as they were told, and no more than there are', () => {
    const told = (enginesActive: number) => ['a', 'b', 'c'].map((id) => member(id, { enginesActive }));
    expect([1, 2, 3, 9].map((count) => activeEngines(told(count)).length)).toEqual([1, 2, 3, 3]);
    expect(activeEngines([])).toEqual([]);
  });

  test('while they were told different numbers, the most', () => {
    expect(activeEngines([member('a'), member('b', { enginesActive: 2 }), member('c')])).toEqual(['a', 'b']);
  });

  test('all, while one of a version that does not say is there: it claims its share whatever the others think', () => {
    const old = member('old', { enginesActive: null });
    const upgraded = [member('a', { activeSinceMs: 7 }), member('b'), old];
    expect(activeEngines(upgraded).sort()).toEqual(['a', 'b', 'old']);
    expect(new Set(ownersOf(upgraded)).size).toBe(3);
    expect(activeEngines(upgraded.filter((each) => each !== old))).toEqual(['a']);
  });
});

describe('which engines are active', () => {
  test('is the same for all, in whatever order they know each other', () => {
    const members = [
      member('a', { enginesActive: 2 }),
      member('b', { activeSinceMs: 5 }),
      member('c', { activeSinceMs: 5 }),
      member('d', { activeSinceMs: 9 }),
    ];
    const answers = new Set([...orders(members)].map((order) => activeEngines(order).join()));
    expect([...answers]).toEqual(['d,b']);
  });

  test('of those that never were, those that started first', () => {
    expect(activeEngines([member('0192-b'), member('0191-a'), member('0193-c')])).toEqual(['0191-a']);
  });

  test.each([1, 2, 3])('who joins changes nothing, however old it says to be (%i of several)', (enginesActive) => {
    const active = ['m', 'n', 'o'].slice(0, enginesActive);
    const before = [
      ...active.map((id, i) => member(id, { enginesActive, activeSinceMs: 10 + i })),
      member('p', { enginesActive }),
    ];
    for (const joins of ['a', 'z']) expect(movedBetween(before, [...before, member(joins, { enginesActive })])).toBe(0);
  });

  test('who stands by and leaves changes nothing', () => {
    const before = [member('a', { activeSinceMs: 3 }), member('b'), member('c')];
    expect(movedBetween(before, before.slice(0, 2))).toBe(0);
  });

  test('where the only one dies the next takes all, and keeps all when the first comes back', () => {
    const [first, next, other] = [member('a', { activeSinceMs: 3 }), member('b'), member('c')];
    expect(new Set(ownersOf([first, next, other]))).toEqual(new Set(['a']));
    expect(new Set(ownersOf([next, other]))).toEqual(new Set(['b']));
    const moved = { ...next, activeSinceMs: 8 };
    // As a new one, and as one that was cut off or paused and does not know yet.
    expect(movedBetween([moved, other], [moved, other, member('d')])).toBe(0);
    expect(movedBetween([moved, other], [moved, other, first])).toBe(0);
  });

  test('where one of two dies, the one that stands by moves up beside the other, which keeps at least what it shares with it', () => {
    const told = { enginesActive: 2 };
    const [a, b, c] = [
      member('a', { ...told, activeSinceMs: 3 }),
      member('b', { ...told, activeSinceMs: 4 }),
      member('c', told),
    ];
    expect(new Set(ownersOf([a, b, c]))).toEqual(new Set(['a', 'b']));
    const after = ownersOf([b, c]);
    expect(new Set(after)).toEqual(new Set(['b', 'c']));
    // As ever with rendezvous hashing: what moves from the live one goes to the new one, never the other way round.
    for (const [i, owner] of ownersOf([a, b, c]).entries())
      if (owner === 'b' && after[i] !== 'b') expect(after[i]).toBe('c');
  });
});
