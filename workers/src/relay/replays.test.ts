import { expect, test } from 'vitest';
import { ContradictionError } from './batch-events.js';
import { replayNext } from './replays.js';

const asWritten = async () => {};

/** One replay that waits, and where the relay is written to stand. */
function database(place = { sequence: '9' }) {
  const written: unknown[][] = [];
  const row = {
    ...{ replay_id: 'r', partition: 1, from_sequence: '1', to_sequence: '9', published_to: null },
  };
  const query = async (text: string, values: unknown[] = []) => {
    if (text.startsWith('SELECT sequence')) return { rows: [{ passed: '0', ...place }] };
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
    expect(await replayNext(of, () => Promise.reject(error), asWritten)).toBe(true);
    expect(written).toEqual([['r', null, 'FAILED', error.message]]);
  },
);

test('a replay that Postgres or the broker interrupts waits', async () => {
  const { written, database: of } = database();
  await expect(replayNext(of, () => Promise.reject(new Error('away')), asWritten)).rejects.toThrow('away');
  expect(written).toEqual([]);
});

test('a replay of what was published since the relay last wrote where it stands has its end', async () => {
  const place = { sequence: '5' };
  const { written, database: of } = database(place);
  const published: unknown[] = [];
  const writePlaces = async () => {
    place.sequence = '9';
  };
  expect(await replayNext(of, async (range) => void published.push(range), writePlaces)).toBe(true);
  expect(published).toEqual([{ partition: 1, from: 1, to: 9 }]);
  expect(written).toEqual([['r', 9, 'DONE', null]]);
});
