import { expect, it } from 'vitest';
import { engineState, enginesOf, runsOf } from './engines.js';

const owner = (engineId: string, name: string) =>
  ({ engineId, name, startedAt: '2026-01-31T12:00:00.000Z', batchSeq: 1, perBatch: null, partitions: 32 }) as const;
const heard = (engineId: string, name: string, heardMsAgo = 100) =>
  ({ engineId, name, heardMsAgo, partitions: 0, standsBy: true }) as never;

it('an engine is told once, whether it owns, is heard, or both; by name', () => {
  const told = enginesOf({
    engines: [owner('2', 'engine-2'), owner('1', 'engine-1')],
    heard: { engines: [heard('1', 'engine-1'), heard('3', 'engine-3')], gateways: [] },
  });
  expect(told.map(({ letter, name, partitions }) => [letter, name, partitions])).toEqual([
    ['A', 'engine-1', 32],
    ['B', 'engine-2', 32],
    ['C', 'engine-3', 0],
  ]);
  expect(told.map((engine) => engineState(engine, true))).toEqual(['OWNS', 'SILENT', 'STANDS_BY']);
  expect(engineState(told[1] as never, false)).toBe('OWNS');
});

it('partitions are told in runs', () => {
  expect(runsOf([])).toBe('');
  expect(runsOf([5, 3, 7, 6, 63])).toBe('3, 5\u20137, 63');
});
