import type { Database } from '../database.js';

/** A partition held at an epoch. */
export interface HeldPartition {
  readonly partition: number;
  readonly epoch: number;
}

interface HeldRow {
  partition_id: number;
  partition_epoch: string;
}

export async function registerEngine(database: Database, workerId: string, workerName: string): Promise<void> {
  await database.query('SELECT register_worker_v5($1, $2)', [workerId, workerName]);
}

/** Raises the partitions' epochs in this engine's name. When it returns, no earlier owner can commit for them. */
export async function takeOver(
  database: Database,
  workerId: string,
  partitions: readonly number[],
): Promise<HeldPartition[]> {
  const rows = await database.queryPastBlockers<HeldRow>('SELECT * FROM take_over($1, $2)', [workerId, partitions]);
  return rows.map(heldOf);
}

/** Who holds each partition, by Postgres's word. */
export async function readOwners(
  database: Database,
): Promise<{ partition: number; epoch: number; workerId: string | null }[]> {
  const rows = await database.query<{ id: number; epoch: string; worker_id: string | null }>(
    'SELECT id, epoch, worker_id FROM partitions ORDER BY id',
  );
  return rows.map((row) => ({ partition: row.id, epoch: Number(row.epoch), workerId: row.worker_id }));
}

function heldOf(row: HeldRow): HeldPartition {
  return { partition: row.partition_id, epoch: Number(row.partition_epoch) };
}
