import type { ClientBase } from 'pg';
import type { TextEvent } from './insert-deliveries.js';

/** Events of one replay, and replays of one hole: what is more is written into the log alone. */
const replay = { events: 100_000, max: 20 } as const;

export interface LostEvents {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Moves each partition's mark to its last event, in the transaction that writes what is done with them. What is missing before an event was lost
 * with a queue, since events come in order: the relay is asked to publish it again, and it arrives as everything does. A
 * partition without a mark begins here.
 */
export async function moveMarks(
  client: Pick<ClientBase, 'query'>,
  events: readonly TextEvent[],
): Promise<LostEvents[]> {
  const partitions = [...new Set(events.flatMap(({ event }) => event.partition ?? []))];
  if (partitions.length === 0) return [];
  const { rows } = await client.query<{ partition: number; sequence: string }>(
    'SELECT partition, sequence FROM webhook_intake WHERE partition = ANY ($1)',
    [partitions],
  );
  const marks = new Map(rows.map(({ partition, sequence }) => [partition, Number(sequence)]));
  const lost: LostEvents[] = [];
  for (const { event } of events) {
    const { partition, sequence } = event;
    if (partition === null) continue;
    const mark = marks.get(partition);
    if (mark !== undefined && sequence <= mark) continue;
    if (mark !== undefined && sequence > mark + 1) lost.push({ partition, from: mark + 1, to: sequence - 1 });
    marks.set(partition, sequence);
  }
  await client.query(
    `INSERT INTO webhook_intake (partition, sequence) SELECT * FROM unnest($1::smallint[], $2::bigint[])
       ON CONFLICT (partition) DO UPDATE SET sequence = excluded.sequence WHERE webhook_intake.sequence < excluded.sequence`,
    [[...marks.keys()], [...marks.values()]],
  );
  await askAgain(client, lost);
  return lost;
}

/**
 * A queue was lost while nothing else happened in a partition: what the broker had taken, and is not in the queue that is empty now. Moves the
 * marks.
 */
export async function askForTheRest(client: Pick<ClientBase, 'query'>): Promise<LostEvents[]> {
  const { rows } = await client.query<{ partition: number; mark: string; sequence: string }>(
    `UPDATE webhook_intake i SET sequence = r.sequence FROM relay_partitions r, webhook_intake before
      WHERE r.partition = i.partition AND before.partition = i.partition AND r.sequence > i.sequence
     RETURNING i.partition, before.sequence AS mark, r.sequence`,
  );
  const lost = rows.map(({ partition, mark, sequence }) => ({
    partition,
    from: Number(mark) + 1,
    to: Number(sequence),
  }));
  await askAgain(client, lost);
  return lost;
}

async function askAgain(client: Pick<ClientBase, 'query'>, lost: readonly LostEvents[]): Promise<void> {
  for (const { partition, from, to } of lost) {
    await client.query(
      `INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by)
         SELECT $1, first, least(first + $4 - 1, $3), 'webhooks' FROM generate_series($2::bigint, $3::bigint, $4::bigint) AS first LIMIT $5`,
      [partition, from, to, replay.events, replay.max],
    );
  }
}
