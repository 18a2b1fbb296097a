import type { Database } from '../commit/database.js';

/** A partition held at an epoch. */
export interface HeldPartition {
  readonly partition: number;
  readonly epoch: number;
}

interface HeldRow {
  partition_id: number;
  partition_epoch: string;
}

export async function registerWorker(database: Database, workerId: string, workerName: string): Promise<void> {
  await database.query('SELECT register_worker($1, $2)', [workerId, workerName]);
}

/** Raises the partitions' epochs in this worker's name. When it returns, no earlier owner can commit for them. */
export async function takeOver(
  database: Database,
  workerId: string,
  partitions: readonly number[],
): Promise<HeldPartition[]> {
  const rows = await database.queryPastBlockers<HeldRow>('SELECT * FROM take_over($1, $2)', [workerId, partitions]);
  return rows.map(heldOf);
}

/** Raises the epochs of all this worker still has. When it returns, an earlier call of this worker has committed or never will. */
export async function settleWorker(database: Database, workerId: string): Promise<HeldPartition[]> {
  const rows = await database.queryPastBlockers<HeldRow>('SELECT * FROM settle_worker($1)', [workerId]);
  return rows.map(heldOf);
}

export async function readBatchSeq(database: Database, workerId: string): Promise<number> {
  const rows = await database.query<{ batch_seq: string }>(
    'SELECT batch_seq FROM engine_workers WHERE worker_id = $1',
    [workerId],
  );
  return Number((rows[0] as { batch_seq: string }).batch_seq);
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
