import type { Database } from '../database.js';
import type { Checkpoint, PartitionPlace } from './event-order.js';

/** How long a relay that does not renew it keeps the lease. */
export const leaseMs = 3_000;

/** Somebody else is the relay by now. */
export class LostLeaseError extends Error {
  override name = 'LostLeaseError';
}

export interface RelayState {
  readonly cursors: Map<string, number>;
  readonly places: Map<number, PartitionPlace>;
  readonly checkpointed: Map<number, number>;
}

/** What was confirmed since it was last written down. */
export interface Progress {
  readonly cursors: ReadonlyMap<string, number>;
  readonly places: ReadonlyMap<number, Readonly<PartitionPlace>>;
  readonly checkpoints: readonly Checkpoint[];
}

/** The epoch at which this program is the relay now; null: somebody else is. */
export async function takeLease(database: Database, holder: string): Promise<number | null> {
  const { rows } = await database.query<{ epoch: string }>(
    // A time that is ahead is one of before the clock was set back.
    `UPDATE relay_lease SET epoch = epoch + 1, holder = $1, renewed_at = clock_timestamp()
      WHERE renewed_at NOT BETWEEN clock_timestamp() - $2::interval AND clock_timestamp() + $2::interval RETURNING epoch`,
    [holder, `${leaseMs} ms`],
  );
  return rows[0] ? Number(rows[0].epoch) : null;
}

export async function releaseLease(database: Database, epoch: number): Promise<void> {
  await database.query(`UPDATE relay_lease SET renewed_at = '-infinity' WHERE epoch = $1`, [epoch]);
}

export async function readState(database: Database): Promise<RelayState> {
  const [cursors, places, checkpoints] = await Promise.all([
    database.query<{ engine_id: string; batch_seq: string }>('SELECT engine_id, batch_seq FROM relay_cursors'),
    database.query(
      'SELECT partition, sequence, passed, begins_after, engine_id, stopped_at FROM relay_partitions ORDER BY partition',
    ),
    database.query<{ partition: number; sequence: string }>(
      `SELECT p.partition, c.sequence FROM relay_partitions p CROSS JOIN LATERAL
        (SELECT sequence FROM relay_checkpoints WHERE partition = p.partition ORDER BY sequence DESC LIMIT 1) c`,
    ),
  ]);
  return {
    cursors: new Map(cursors.rows.map((row) => [row.engine_id, Number(row.batch_seq)])),
    places: new Map(places.rows.map((row) => [row.partition, placeOf(row)])),
    checkpointed: new Map(checkpoints.rows.map((row) => [row.partition, Number(row.sequence)])),
  };
}

function placeOf(row: Record<string, unknown>): PartitionPlace {
  const [sequence, passed] = [Number(row.sequence), Number(row.passed)];
  return {
    ...{ sequence, passed, beginsAfter: Number(row.begins_after), engineId: row.engine_id as string | null },
    held: row.stopped_at !== null || passed > sequence,
  };
}

/** Renews the lease, and writes down what was confirmed, in one commit. Throws LostLeaseError. */
export async function advance(
  database: Database,
  epoch: number,
  { cursors, places, checkpoints }: Progress,
): Promise<void> {
  const column = <T>(read: (place: Readonly<PartitionPlace>) => T) => [...places.values()].map(read);
  const { rows } = await database.query<{ held: boolean }>({
    name: 'relay advance',
    text: 'SELECT advance_relay($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS held',
    values: [
      epoch,
      ...[[...cursors.keys()], [...cursors.values()], [...places.keys()]],
      ...[column((p) => p.sequence), column((p) => p.passed), column((p) => p.engineId)],
      ...[checkpoints.map((c) => c.partition), checkpoints.map((c) => c.sequence)],
      ...[checkpoints.map((c) => c.engineId), checkpoints.map((c) => c.batchSeq)],
    ],
  });
  if (rows[0]?.held !== true) throw new LostLeaseError('another relay has the lease');
}

/** Engines that may have committed something: who owns partitions. */
export async function readOwners(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ worker_id: string }>({
    name: 'relay owners',
    text: 'SELECT DISTINCT worker_id FROM partitions WHERE worker_id IS NOT NULL',
  });
  return rows.map((row) => row.worker_id);
}

/** The last batch of every engine that ever was: who owned something for a moment only is found here. */
export async function readHeads(database: Database): Promise<{ engineId: string; batchSeq: number }[]> {
  const { rows } = await database.query<{ worker_id: string; batch_seq: string }>(
    'SELECT worker_id, batch_seq FROM engine_workers',
  );
  return rows.map((row) => ({ engineId: row.worker_id, batchSeq: Number(row.batch_seq) }));
}

export async function writePartitionStop(
  database: Database,
  epoch: number,
  partition: number,
  why: string,
): Promise<void> {
  await database.query(
    `UPDATE relay_partitions SET stopped_at = clock_timestamp(), stopped_why = $3
      WHERE partition = $2 AND stopped_at IS NULL AND EXISTS (SELECT FROM relay_lease WHERE epoch = $1)`,
    [epoch, partition, why],
  );
}

export async function writeEngineStop(
  database: Database,
  epoch: number,
  { engineId, seq, why }: { engineId: string; seq: number; why: string },
): Promise<void> {
  await database.query(
    `INSERT INTO relay_cursors (engine_id, batch_seq, stopped_at, stopped_why)
       SELECT $2, $3, clock_timestamp(), $4 WHERE EXISTS (SELECT FROM relay_lease WHERE epoch = $1)
     ON CONFLICT (engine_id) DO UPDATE SET stopped_at = clock_timestamp(), stopped_why = excluded.stopped_why
      WHERE relay_cursors.stopped_at IS NULL`,
    [epoch, engineId, seq, why],
  );
}

/** As it is written down. */
export async function readPlace(database: Database, partition: number): Promise<{ sequence: number; passed: number }> {
  const { rows } = await database.query('SELECT sequence, passed FROM relay_partitions WHERE partition = $1', [
    partition,
  ]);
  return { sequence: Number(rows[0]?.sequence), passed: Number(rows[0]?.passed) };
}

/** Partitions and engines that somebody has looked after: they may go on. */
export async function readStops(database: Database): Promise<{ partitions: Set<number>; engines: Set<string> }> {
  const { rows } = await database.query<{ partitions: number[] | null; engines: string[] | null }>(
    `SELECT (SELECT array_agg(partition) FROM relay_partitions WHERE stopped_at IS NOT NULL) AS partitions,
            (SELECT array_agg(engine_id) FROM relay_cursors WHERE stopped_at IS NOT NULL) AS engines`,
  );
  return { partitions: new Set(rows[0]?.partitions), engines: new Set(rows[0]?.engines) };
}

export async function readLag(database: Database): Promise<{ seconds: number; batches: number }> {
  const { rows } = await database.query<{ seconds: number; batches: string }>('SELECT seconds, batches FROM relay_lag');
  return { seconds: rows[0]?.seconds ?? 0, batches: Number(rows[0]?.batches ?? 0) };
}
