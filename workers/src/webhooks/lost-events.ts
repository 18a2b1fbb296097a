import type { ClientBase } from 'pg';
import { kept } from './clean-up.js';
import type { TextEvent } from './insert-deliveries.js';

/** Deliveries that ended are kept for so long at least: of what is older nobody knows whether an endpoint had it. */
const keptDays = kept.delivered;
const dayMs = 86_400_000;

/** Events of one replay, and replays of one hole: what is more is written into the log alone. */
const replay = { events: 100_000, max: 20 } as const;

export interface LostEvents {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface MovedMarks {
  readonly lost: LostEvents[];
  /** Behind all that the ledger has: they are nobody's, and no hole is before them. */
  readonly unknown: ReadonlySet<TextEvent>;
  /** They were taken in long ago, and come once more since somebody asked the relay for them, who subscribes at the broker. */
  readonly forOthers: ReadonlySet<TextEvent>;
}

/**
 * Moves each partition's mark to its last event, in the transaction that writes what is done with them. What is missing before an event was lost
 * with a queue, since events come in order: the relay is asked to publish it again, and it arrives as everything does.
 */
export async function moveMarks(client: Pick<ClientBase, 'query'>, events: readonly TextEvent[]): Promise<MovedMarks> {
  const partitions = [...new Set(events.flatMap(({ event }) => event.partition ?? []))];
  if (partitions.length === 0) return { lost: [], unknown: new Set(), forOthers: new Set() };
  let marks = await readMarks(client, partitions);
  if (marks.size < partitions.length) {
    await beginMarks(client);
    marks = await readMarks(client, partitions);
  }
  const unknown = await behindTheLedger(client, events, marks);
  const lost: LostEvents[] = [];
  const longAgo: TextEvent[] = [];
  const keptSince = Date.now() - keptDays * dayMs;
  for (const one of events) {
    const { partition, sequence, occurredAt } = one.event;
    if (partition === null || unknown.has(one)) continue;
    const mark = marks.get(partition);
    if (mark !== undefined && sequence <= mark) {
      if (occurredAt !== undefined && Date.parse(occurredAt) < keptSince) longAgo.push(one);
      continue;
    }
    if (mark !== undefined && sequence > mark + 1) lost.push({ partition, from: mark + 1, to: sequence - 1 });
    marks.set(partition, sequence);
  }
  await client.query(
    `INSERT INTO webhook_intake (partition, sequence) SELECT * FROM unnest($1::smallint[], $2::bigint[])
       ON CONFLICT (partition) DO UPDATE SET sequence = excluded.sequence WHERE webhook_intake.sequence < excluded.sequence`,
    [[...marks.keys()], [...marks.values()]],
  );
  await askAgain(client, lost);
  return { lost, unknown, forOthers: await askedForByOthers(client, longAgo) };
}

/** Those that a replay brings which somebody else has asked for. What webhooks have asked for, too, was lost: it is theirs. */
async function askedForByOthers(
  client: Pick<ClientBase, 'query'>,
  events: readonly TextEvent[],
): Promise<ReadonlySet<TextEvent>> {
  if (events.length === 0) return new Set();
  const { rows } = await client.query<{ partition: number; from: string; to: string; is_own: boolean }>(
    `SELECT partition, from_sequence AS "from", to_sequence AS "to", requested_by = 'webhooks' AS is_own FROM event_replays
      WHERE partition = ANY ($1) AND requested_at > clock_timestamp() - make_interval(days => $2)`,
    [[...new Set(events.map(({ event }) => event.partition))], keptDays],
  );
  const replays = rows.map(({ partition, from, to, is_own }) => ({
    ...{ partition, isOwn: is_own, from: Number(from), to: Number(to) },
  }));
  return new Set(
    events.filter(({ event: { partition, sequence } }) => {
      const those = replays.filter((one) => one.partition === partition && one.from <= sequence && sequence <= one.to);
      return those.length > 0 && !those.some(({ isOwn }) => isOwn);
    }),
  );
}

/** Where one does not follow the one before it, the ledger is asked how far it is. */
async function behindTheLedger(
  client: Pick<ClientBase, 'query'>,
  events: readonly TextEvent[],
  marks: ReadonlyMap<number, number>,
): Promise<ReadonlySet<TextEvent>> {
  const nexts = new Map([...marks].map(([partition, mark]) => [partition, mark + 1]));
  const jumped = new Set<number>();
  for (const { event } of events) {
    const { partition, sequence } = event;
    if (partition === null) continue;
    const next = nexts.get(partition);
    if (next === undefined || sequence > next) jumped.add(partition);
    nexts.set(partition, Math.max(next ?? 0, sequence + 1));
  }
  if (jumped.size === 0) return new Set();
  const { rows } = await client.query<{ partition: number; last: string | null }>(
    `SELECT p AS partition, greatest(0, (SELECT max(event_sequences[p + 1]) FROM engine_workers),
                                     (SELECT sequence FROM relay_partitions WHERE partition = p)) AS last
       FROM unnest($1::smallint[]) AS p`,
    [[...jumped]],
  );
  const lasts = new Map(rows.map(({ partition, last }) => [partition, Number(last)]));
  return new Set(events.filter(({ event }) => event.sequence > (lasts.get(event.partition ?? -1) ?? Infinity)));
}

async function readMarks(
  client: Pick<ClientBase, 'query'>,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ partition: number; sequence: string }>(
    'SELECT partition, sequence FROM webhook_intake WHERE partition = ANY ($1)',
    [partitions],
  );
  return new Map(rows.map(({ partition, sequence }) => [partition, Number(sequence)]));
}

/** Further back nobody looks for where a partition begins. */
const beginsWithin = '1 hour';

/**
 * Gives each partition that has none its mark: before its first event since somebody wants events, or, where there was none, where the relay
 * stands. Without endpoints there are no marks.
 */
export async function beginMarks(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ wanted_since: Date }>(
    `SELECT greatest(min(CASE WHEN status = 'ACTIVE' THEN status_at ELSE created_at END), clock_timestamp() - $1::interval) AS wanted_since
       FROM webhooks WHERE deleted_at IS NULL AND status <> 'DISABLED'
     HAVING count(*) > 0 AND (SELECT count(*) FROM webhook_intake) < (SELECT count(*) FROM relay_partitions)`,
    [beginsWithin],
  );
  const [first] = rows;
  if (!first) return;
  await client.query(
    `WITH firsts AS (
       SELECT e.partition, min(e.sequence) AS sequence
         FROM ledger_batches b CROSS JOIN LATERAL unnest(b.event_partitions, b.event_first_sequences) AS e (partition, sequence)
        WHERE b.created_at >= $1 GROUP BY 1
     )
     INSERT INTO webhook_intake (partition, sequence)
       SELECT r.partition, coalesce(f.sequence - 1, greatest(r.sequence, r.begins_after))
         FROM relay_partitions r LEFT JOIN firsts f USING (partition)
        WHERE NOT EXISTS (SELECT FROM webhook_intake i WHERE i.partition = r.partition)
     ON CONFLICT DO NOTHING`,
    [first.wanted_since],
  );
}

/** What the broker has taken of these partitions, and is in no queue. Moves the marks. */
export async function askForTheRest(
  client: Pick<ClientBase, 'query'>,
  partitions: readonly number[],
): Promise<LostEvents[]> {
  const { rows } = await client.query<{ partition: number; mark: string; sequence: string }>(
    `UPDATE webhook_intake i SET sequence = r.sequence FROM relay_partitions r, webhook_intake before
      WHERE r.partition = i.partition AND before.partition = i.partition AND r.sequence > i.sequence AND i.partition = ANY ($1)
     RETURNING i.partition, before.sequence AS mark, r.sequence`,
    [partitions],
  );
  const lost = rows.map(({ partition, mark, sequence }) => ({
    partition,
    from: Number(mark) + 1,
    to: Number(sequence),
  }));
  await askAgain(client, lost);
  return lost;
}

/** As many as are allowed. */
export async function askAgain(client: Pick<ClientBase, 'query'>, lost: readonly LostEvents[]): Promise<void> {
  for (const { partition, from, to } of lost) {
    await client.query(
      `INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by)
         SELECT $1, first, least(first + $4 - 1, $3), 'webhooks'
           FROM generate_series($2::bigint, least($3::bigint, $2::bigint + $4::bigint * $5::bigint - 1), $4::bigint) AS first`,
      [partition, from, to, replay.events, replay.max],
    );
  }
}
