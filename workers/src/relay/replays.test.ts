import { expect, test } from 'vitest';
import { ContradictionError } from './batch-events.js';
import { replayNext } from './replays.js';

/** One replay that waits. */
function database(of: { sequence?: string; is_young?: boolean } = {}) {
  const written: unknown[][] = [];
  const row = {
    ...{ replay_id: 'r', partition: 1, from_sequence: '1', to_sequence: '9', published_to: null, sequence: '9' },
    ...{ is_young: false, ...of },
  };
  const query = async (text: string, values: unknown[] = []) => {
    if (text.startsWith('SELECT')) return { rows: [row] };
    written.push(values);
    return { rows: [] };
  };
  return { written, database: { query } as never };
}

test.each([new ContradictionError('event 3 is not to be found'), new RangeError('unknown currency XXX')])(
  'a replay of what no event can be made of ends, and holds up no other: %s',
  async (error) => {
    const { written, database: of } = database();
    expect(await replayNext(of, () => Promise.reject(error))).toBe(true);
    expect(written).toEqual([['r', null, 'FAILED', error.message]]);
  },
);

test('a replay that Postgres or the broker interrupts waits', async () => {
  const { written, database: of } = database();
  await expect(replayNext(of, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(written).toEqual([]);
});

test('a replay of events beyond where the relay was written to stand waits until that is of after it was asked for', async () => {
  const published: unknown[] = [];
  const publish = async (range: unknown) => void published.push(range);
  const young = database({ sequence: '5', is_young: true });
  expect(await replayNext(young.database, publish)).toBe(false);
  expect([published, young.written]).toEqual([[], []]);

  const later = database({ sequence: '9', is_young: true });
  expect(await replayNext(later.database, publish)).toBe(true);
  expect(published).toEqual([{ partition: 1, from: 1, to: 9 }]);
  expect(later.written).toEqual([['r', 9, 'DONE', null]]);
});

test('a replay of what is not there ends with what there is', async () => {
  const published: unknown[] = [];
  const { written, database: of } = database({ sequence: '5' });
  await replayNext(of, async (range) => void published.push(range));
  expect(published).toEqual([{ partition: 1, from: 1, to: 5 }]);
  expect(written).toEqual([['r', 5, 'DONE', null]]);
});
