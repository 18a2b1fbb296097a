import { describe, expect, test } from 'vitest';
import { engine } from '../../../testing/live-data.js';
import { engineLook, engineName, looks, noEngines, seeEngines } from './seen-engines.js';

describe('engines', () => {
  test('are known by name, and still are when they are gone', () => {
    const seen = seeEngines(seeEngines(noEngines, [engine('engine-1')]), [engine('engine-2')]);
    expect(engineName(seen, 'engine-1-id')).toBe('engine-1');
    expect(engineName(seen, '019ab3f2-7c1e-7d42-9a51-1f0c8e55d9c4')).toBe('019ab3\u2026d9c4');
  });

  test('that start again look as they did before', () => {
    const before = seeEngines(noEngines, [engine('engine-1'), engine('engine-2')]);
    const after = seeEngines(before, [engine('engine-2', { workerId: 'new' })]);
    expect(engineLook(after, 'new')).toBe(engineLook(before, 'engine-2-id'));
    expect(engineName(after, 'new')).toBe('engine-2');
  });

  test('look different while there are looks, whatever the order they come in', () => {
    const names = Array.from({ length: looks }, (_, i) => engine(`engine-${i}`));
    const seen = seeEngines(noEngines, names);
    const used = names.map(({ workerId }) => engineLook(seen, workerId));
    expect(new Set(used).size).toBe(looks);
    const reversed = seeEngines(noEngines, names.toReversed());
    expect(names.map(({ workerId }) => engineLook(reversed, workerId))).toEqual(used);
  });

  test('beyond that share the looks evenly', () => {
    const names = Array.from({ length: 2 * looks }, (_, i) => engine(`engine-${i}`));
    const seen = seeEngines(noEngines, names);
    const uses = new Map<number, number>();
    for (const { workerId } of names) {
      const look = engineLook(seen, workerId);
      uses.set(look, (uses.get(look) ?? 0) + 1);
    }
    expect([...uses.values()]).toEqual(new Array(looks).fill(2));
  });

  test('already seen change nothing, so that nothing is drawn anew', () => {
    const seen = seeEngines(noEngines, [engine('engine-1')]);
    expect(seeEngines(seen, [engine('engine-1')])).toBe(seen);
  });

  test('are 64 at most: the oldest are forgotten', () => {
    let seen = noEngines;
    for (let start = 0; start < 500; start += 1) {
      seen = seeEngines(seen, [engine(`engine-${start % 3}`, { workerId: `start ${start}` })]);
    }
    expect(seen.names.size).toBe(64);
    expect([...seen.looks.keys()].sort()).toEqual(['engine-0', 'engine-1', 'engine-2']);
    expect(engineName(seen, 'start 499')).toBe('engine-1');
    expect(engineName(seen, 'start 400')).toBe('start 400');
  });
});
