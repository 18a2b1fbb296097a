import { expect, test } from 'vitest';
import { ContradictionError } from './batch-events.js';
import { replayNext } from './replays.js';

/** One replay that waits. */
function database() {
  const written: unknown[][] = [];
  const row = {
    ...{ replay_id: 'r', partition: 1, from_sequence: '1', to_sequence: '9', published_to: null, sequence: '9' },
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
