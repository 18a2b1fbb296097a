import type { Database } from '../database.js';
import { ContradictionError } from './batch-events.js';
import type { EventRange } from './event-range.js';
import { readPlace } from './relay-store.js';

/** Between two looks at the rest of the relay's work. */
const eventsAtOnce = 1_000;

interface ReplayRow {
  replay_id: string;
  partition: number;
  from_sequence: string;
  to_sequence: string;
  published_to: string | null;
}

/**
 * Publishes a piece of what was asked for first. False: nobody waits. A relay that dies in the middle leaves the rest to the next one.
 * What comes behind the last event that went out goes out anyway.
 */
export async function replayNext(
  database: Database,
  publish: (range: EventRange) => Promise<void>,
  writePlaces: () => Promise<void>,
): Promise<boolean> {
  const { rows } = await database.query<ReplayRow>(
    `SELECT replay_id, partition, from_sequence, to_sequence, published_to
       FROM event_replays WHERE status = 'PENDING' ORDER BY requested_at LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return false;
  // Where the relay stands is written once a second: whoever asks may have seen events beyond that.
  await writePlaces();
  const { sequence } = await readPlace(database, row.partition);
  const from = Number(row.published_to ?? Number(row.from_sequence) - 1) + 1;
  const end = Math.min(Number(row.to_sequence), sequence || 0);
  const to = Math.min(from + eventsAtOnce - 1, end);
  try {
    if (from <= to) await publish({ partition: row.partition, from, to });
  } catch (error) {
    // A RangeError: a row that no event can be made of. Either stays as it is, whoever tries: it must not hold up the others.
    if (!(error instanceof ContradictionError || error instanceof RangeError)) throw error;
    await write(database, row.replay_id, { publishedTo: null, status: 'FAILED', error: error.message });
    return true;
  }
  const nothing = row.published_to === null && from > to;
  await write(database, row.replay_id, {
    publishedTo: nothing ? null : Math.max(to, from - 1),
    status: nothing ? 'FAILED' : to >= end ? 'DONE' : 'PENDING',
    error: nothing ? 'there are no such events yet' : null,
  });
  return true;
}

async function write(
  database: Database,
  replayId: string,
  { publishedTo, status, error }: { publishedTo: number | null; status: string; error: string | null },
): Promise<void> {
  await database.query(
    `UPDATE event_replays SET published_to = coalesce($2, published_to), status = $3, error = $4,
            finished_at = CASE WHEN $3 = 'PENDING' THEN NULL ELSE clock_timestamp() END
      WHERE replay_id = $1 AND status = 'PENDING'`,
    [replayId, publishedTo, status, error],
  );
}
