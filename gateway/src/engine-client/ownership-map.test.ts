import { describe, expect, it } from 'vitest';
import { OwnershipMap } from './ownership-map.js';

const at = { atMs: 0, workerName: 'w' };
const claimed = (epoch: number, workerId = 'a') => ({ type: 'CLAIMED' as const, partition: 0, epoch, workerId, ...at });
const beat = (workerId: string, epoch: number) => ({
  workerId,
  partitions: [[0, epoch, 0]] as [number, number, number][],
  oldestWaitingMs: null,
  fencedCalls: 0,
  unknownCalls: 0,
  memoryBytes: 0,
  ...at,
});

describe('the ownership map', () => {
  it('does not trust what only the database says until the owner is heard', () => {
    const map = new OwnershipMap(1, 3_000);
    map.load(0, 5, 'a');
    expect(map.liveEpoch(0, 0)).toBe(0);
    expect(map.heartbeat(beat('a', 5), 10)).toEqual([0]);
    expect(map.liveEpoch(0, 10)).toBe(5);
  });

  it('forgets an owner that is silent for longer than the time to live, and takes it back', () => {
    const map = new OwnershipMap(1, 3_000);
    map.event(claimed(1), 0);
    expect(map.liveEpoch(0, 3_000)).toBe(1);
    expect(map.liveEpoch(0, 3_001)).toBe(0);
    expect(map.unowned(3_001)).toEqual([0]);
    expect(map.heartbeat(beat('a', 1), 4_000)).toEqual([0]);
    expect(map.heartbeat(beat('a', 1), 4_500)).toEqual([]);
  });

  it('never goes back to a lower epoch', () => {
    const map = new OwnershipMap(1, 3_000);
    map.event(claimed(7, 'b'), 0);
    expect(map.event(claimed(6, 'a'), 1)).toBe(false);
    expect(map.heartbeat(beat('a', 6), 1)).toEqual([]);
    map.event({ type: 'RELEASED', partition: 0, epoch: 6, workerId: 'a', ...at }, 1);
    expect(map.liveEpoch(0, 1)).toBe(7);
  });

  it('does not take a released epoch back from a late heartbeat', () => {
    const map = new OwnershipMap(1, 3_000);
    map.event(claimed(7), 0);
    map.event({ type: 'RELEASED', partition: 0, epoch: 7, workerId: 'a', ...at }, 1);
    map.heartbeat(beat('a', 7), 2);
    expect(map.liveEpoch(0, 2)).toBe(0);
    map.event(claimed(8, 'b'), 3);
    expect(map.liveEpoch(0, 3)).toBe(8);
  });

  it('ignores partitions it does not have', () => {
    const map = new OwnershipMap(1, 3_000);
    expect(map.event({ ...claimed(1), partition: 64 }, 0)).toBe(false);
  });
});
