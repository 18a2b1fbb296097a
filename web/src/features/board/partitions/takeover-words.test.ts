import { describe, expect, test } from 'vitest';
import { engine, noon, takeover } from '../../../testing/live-data.js';
import { noEngines, seeEngines } from '../store/seen-engines.js';
import { namesTogether } from './engine-names.js';
import { latestTakeover } from './takeover-words.js';

const name = () => (engine: string) => `engine-${engine}`;
const atMs = noon * 1_000;

describe('a takeover in words', () => {
  test('says who took how many from whom, and how long it took', () => {
    expect(latestTakeover([takeover({ partitions: [1, 5, 9], tookMs: 3_420 })], name)).toEqual({
      atMs,
      partitions: new Set([1, 5, 9]),
      engines: ['one', 'two'],
      sentence: 'engine-two took 3 partitions from engine-one in 3.4 s',
      brief: 'engine-two took 3 from engine-one in 3.4 s',
    });
  });

  test('that was planned is a handover', () => {
    const planned = takeover({ planned: true, partitions: [7], tookMs: 12 });
    expect(latestTakeover([planned], name)?.sentence).toBe('engine-one handed 1 partition to engine-two in 12 ms');
  });

  test('of what nobody had is a claim', () => {
    expect(latestTakeover([takeover({ from: null })], name)?.sentence).toBe('engine-two claimed 1 partition');
  });

  test('by several engines says how many they were', () => {
    const byThree = ['three', 'two', 'four'].map((to, i) => takeover({ to, partitions: [i] }));
    expect(latestTakeover(byThree, name)?.brief).toBe('3 engines took 3 from engine-one');
  });
});

test('a takeover by two names both, apart from the one it was taken from, though it has the name of one of them', () => {
  const seen = seeEngines(noEngines, [
    engine('engine-1', { workerId: 'a' }),
    engine('engine-2', { workerId: 'b' }),
    engine('engine-1', { workerId: 'c' }),
  ]);
  const byTwo = ['b', 'c'].map((to, i) => takeover({ from: 'a', to, partitions: [i] }));
  const story = latestTakeover(byTwo, namesTogether(seen));
  expect(story?.sentence).toBe('engine-1 (new) and engine-2 took 2 partitions from engine-1');
  const back = latestTakeover([takeover({ from: 'b', to: 'c', planned: true })], namesTogether(seen));
  expect(back?.sentence).toBe('engine-2 handed 1 partition to engine-1');
});

describe('takeovers are one event', () => {
  test('when they are from one owner within ten seconds; it took as long as its slowest part', () => {
    const story = latestTakeover(
      [
        takeover({ partitions: [1, 2], tookMs: 3_000 }),
        takeover({ to: 'three', partitions: [2, 3], tookMs: 4_000, atMs: atMs - 10_000 }),
        takeover({ to: 'four', partitions: [4], tookMs: 9_000, atMs: atMs - 10_001 }),
      ],
      name,
    );
    expect(story?.partitions).toEqual(new Set([1, 2, 3]));
    expect(story?.sentence).toBe('engine-three and engine-two took 3 partitions from engine-one in 4.0 s');
  });

  test('but not with those from another owner, nor a planned one with an unplanned', () => {
    const story = latestTakeover(
      [
        takeover({ partitions: [1] }),
        takeover({ partitions: [2], from: 'other' }),
        takeover({ partitions: [3], planned: true }),
      ],
      name,
    );
    expect(story?.partitions).toEqual(new Set([1]));
  });
});

test('the latest is told, wherever it stands in the list', () => {
  const list = [takeover({ to: 'old', atMs: atMs - 60_000 }), takeover({ to: 'new' })];
  expect(latestTakeover(list, name)?.brief).toContain('engine-new');
  expect(latestTakeover(list.toReversed(), name)?.brief).toContain('engine-new');
  expect(latestTakeover([], name)).toBeNull();
});
