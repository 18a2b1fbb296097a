import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { liveHistorySeconds, liveSilentAfterMs, liveTakeoversMax } from '@smart-wallet/engine/contract/live.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { PartitionOwners } from './partition-owners.js';
import { Takeovers } from './takeovers.js';

const wallClockMs = 1_700_000_000_000;
let owners: PartitionOwners;
let takeovers: Takeovers;

beforeEach(() => {
  takeovers = new Takeovers();
  owners = new PartitionOwners(3, (change) => takeovers.changed(change, wallClockMs + change.atMs));
});

const event = (type: OwnershipEvent['type'], partition: number, epoch: number, workerId: string): OwnershipEvent => ({
  ...{ type, partition, epoch, workerId, workerName: `name of ${workerId}`, atMs: 0 },
});
const beat = (workerId: string, ...partitions: [number, number][]): EngineHeartbeat => ({
  ...{ workerId, workerName: `name of ${workerId}`, atMs: 0, oldestWaitingMs: null },
  ...{ fencedCalls: 0, unknownCalls: 0, memoryBytes: 0 },
  partitions: partitions.map(([partition, epoch]) => [partition, epoch, 0]),
});
const ownerIds = (nowMs: number) => owners.partitions(nowMs).map(([, workerId]) => workerId);
const recent = (nowMs: number) => takeovers.newestFirst(wallClockMs + nowMs);

describe('a partition', () => {
  it('belongs to whoever claimed it last, whatever comes late', () => {
    owners.event(event('CLAIMED', 0, 1, 'a'), 0);
    owners.event(event('CLAIMED', 0, 3, 'b'), 10);
    owners.event(event('CLAIMED', 0, 2, 'a'), 20);
    owners.event(event('LOST', 0, 1, 'a'), 30);
    owners.heartbeat(beat('a', [0, 1]), 40);
    expect(owners.partitions(50)[0]).toEqual([3, 'b']);
  });

  it('is without an owner as soon as that one is silent, and has it again when it is heard', () => {
    owners.event(event('CLAIMED', 0, 1, 'a'), 0);
    owners.heartbeat(beat('a', [0, 1]), 1_000);
    expect(ownerIds(1_000 + liveSilentAfterMs)[0]).toBe('a');
    expect(owners.partitions(1_001 + liveSilentAfterMs)[0]).toEqual([1, null]);
    owners.alive('a', 5_000);
    expect(ownerIds(5_100)[0]).toBe('a');
  });

  it('is without an owner from its release on, and when its owner does not speak of it any more', () => {
    owners.heartbeat(beat('a', [0, 1], [1, 1], [2, 1]), 0);
    owners.event(event('RELEASED', 0, 1, 'a'), 10);
    owners.heartbeat(beat('a', [2, 1]), 20);
    expect(ownerIds(30)).toEqual([null, null, 'a']);
    // It was only late to say so.
    owners.heartbeat(beat('a', [0, 1], [1, 1], [2, 1]), 40);
    expect(ownerIds(50)).toEqual([null, 'a', 'a']);
  });

  it('known from the table has the usual time to be heard of', () => {
    owners.load([{ partition: 1, epoch: 7, workerId: 'a' }], 100);
    expect(owners.partitions(100 + liveSilentAfterMs)).toEqual([
      [0, null],
      [7, 'a'],
      [0, null],
    ]);
    expect(ownerIds(101 + liveSilentAfterMs)).toEqual([null, null, null]);
  });

  it('that does not exist is not made by an event', () => {
    owners.event(event('CLAIMED', 3, 1, 'a'), 0);
    owners.heartbeat(beat('a', [1e9, 1]), 0);
    expect(owners.partitions(0)).toHaveLength(3);
    expect(recent(0)).toEqual([]);
  });
});

describe('a takeover', () => {
  it('of a dead engine is told once for all its partitions, with the time from its last sign of life', () => {
    owners.heartbeat(beat('a', [0, 1], [1, 1]), 0);
    owners.heartbeat(beat('a', [0, 1], [1, 1]), 1_000);
    owners.event(event('CLAIMED', 1, 2, 'b'), 4_000);
    owners.event(event('CLAIMED', 0, 2, 'b'), 4_200);
    expect(recent(5_000).at(0)).toEqual({
      ...{ atMs: wallClockMs + 4_200, partitions: [0, 1], from: 'a', to: 'b' },
      ...{ tookMs: 3_200, planned: false },
    });
  });

  it('that was planned counts from the release', () => {
    owners.heartbeat(beat('a', [0, 1]), 0);
    owners.event(event('RELEASED', 0, 1, 'a'), 500);
    owners.heartbeat(beat('a'), 505);
    owners.event(event('CLAIMED', 0, 2, 'b'), 512);
    expect(recent(600)[0]).toMatchObject({ from: 'a', to: 'b', tookMs: 12, planned: true });
  });

  it('is told apart from others by its engines and by time', () => {
    owners.heartbeat(beat('a', [0, 1], [1, 1], [2, 1]), 0);
    owners.event(event('CLAIMED', 0, 2, 'b'), 100);
    owners.event(event('CLAIMED', 1, 2, 'c'), 200);
    owners.event(event('CLAIMED', 2, 2, 'b'), 3_000);
    expect(recent(3_000).map(({ to, partitions }) => [to, partitions])).toEqual([
      ['b', [2]],
      ['c', [1]],
      ['b', [0]],
      ['a', [0, 1, 2]],
    ]);
  });

  it('by nobody but the owner itself, at a higher epoch, is none', () => {
    owners.load([{ partition: 0, epoch: 1, workerId: 'a' }], 0);
    owners.event(event('CLAIMED', 0, 2, 'a'), 10);
    expect(recent(20)).toEqual([]);
    expect(owners.partitions(20)[0]).toEqual([2, 'a']);
  });

  it('of an engine that was never heard says no time', () => {
    owners.load([{ partition: 0, epoch: 1, workerId: 'gone' }], 0);
    owners.event(event('CLAIMED', 0, 2, 'a'), 10);
    expect(recent(20)[0]).toMatchObject({ from: 'gone', tookMs: null, planned: false });
  });

  it('is forgotten after the history, and when there are too many', () => {
    for (let epoch = 1; epoch <= 20; epoch++) owners.event(event('CLAIMED', 0, epoch, `w${epoch}`), epoch);
    expect(recent(30)).toHaveLength(liveTakeoversMax);
    expect(recent(30)[0]).toMatchObject({ from: 'w19', to: 'w20' });
    expect(recent(liveHistorySeconds * 1_000 + 30)).toEqual([]);
  });
});
