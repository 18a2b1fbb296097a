import { describe, expect, test } from 'vitest';
import { worker } from '../testing/live-data.js';
import { looks, noWorkers, seeWorkers, workerLook, workerName } from './seen-workers.js';

describe('workers', () => {
  test('are known by name, and still are when they are gone', () => {
    const seen = seeWorkers(seeWorkers(noWorkers, [worker('engine-1')]), [worker('engine-2')]);
    expect(workerName(seen, 'engine-1-id')).toBe('engine-1');
    expect(workerName(seen, '019ab3f2-7c1e-7d42-9a51-1f0c8e55d9c4')).toBe('019ab3\u2026d9c4');
  });

  test('that start again look as they did before', () => {
    const before = seeWorkers(noWorkers, [worker('engine-1'), worker('engine-2')]);
    const after = seeWorkers(before, [worker('engine-2', { workerId: 'new' })]);
    expect(workerLook(after, 'new')).toBe(workerLook(before, 'engine-2-id'));
    expect(workerName(after, 'new')).toBe('engine-2');
  });

  test('look different while there are looks, whatever the order they come in', () => {
    const names = Array.from({ length: looks }, (_, i) => worker(`engine-${i}`));
    const seen = seeWorkers(noWorkers, names);
    const used = names.map(({ workerId }) => workerLook(seen, workerId));
    expect(new Set(used).size).toBe(looks);
    const reversed = seeWorkers(noWorkers, names.toReversed());
    expect(names.map(({ workerId }) => workerLook(reversed, workerId))).toEqual(used);
  });

  test('beyond that share the looks evenly', () => {
    const names = Array.from({ length: 2 * looks }, (_, i) => worker(`engine-${i}`));
    const seen = seeWorkers(noWorkers, names);
    const uses = new Map<number, number>();
    for (const { workerId } of names) {
      const look = workerLook(seen, workerId);
      uses.set(look, (uses.get(look) ?? 0) + 1);
    }
    expect([...uses.values()]).toEqual(new Array(looks).fill(2));
  });

  test('already seen change nothing, so that nothing is drawn anew', () => {
    const seen = seeWorkers(noWorkers, [worker('engine-1')]);
    expect(seeWorkers(seen, [worker('engine-1')])).toBe(seen);
  });

  test('are 64 at most: the oldest are forgotten', () => {
    let seen = noWorkers;
    for (let start = 0; start < 500; start += 1) {
      seen = seeWorkers(seen, [worker(`engine-${start % 3}`, { workerId: `start ${start}` })]);
    }
    expect(seen.names.size).toBe(64);
    expect([...seen.looks.keys()].sort()).toEqual(['engine-0', 'engine-1', 'engine-2']);
    expect(workerName(seen, 'start 499')).toBe('engine-1');
    expect(workerName(seen, 'start 400')).toBe('start 400');
  });
});
