import type { Database } from '../database.js';
import type { Batch } from './batch.js';
import { isoTime } from './iso-time.js';

/** Arrays come as text: split, they cost a fraction of what reading them as arrays does. */
const columns = `worker_id, batch_seq, (created_at AT TIME ZONE 'UTC')::text, array_to_string(transaction_ids, ','),
  array_to_string(event_partitions, ','), array_to_string(event_first_sequences, ','), changes`;

type Row = [string, string, string, string, string | null, string | null, Batch['changes'] | null];

/** The next batches of each engine behind where it stands, in order. One short statement. */
export async function readBatches(
  database: Database,
  engines: ReadonlyMap<string, number>,
  perEngineMax: number,
): Promise<Batch[]> {
  const { rows } = await database.query<Row>({
    name: 'relay batches',
    rowMode: 'array',
    text: `SELECT b.* FROM unnest($1::uuid[], $2::bigint[]) AS at (engine_id, seq)
             CROSS JOIN LATERAL (SELECT ${columns} FROM ledger_batches
                                  WHERE worker_id = at.engine_id AND batch_seq > at.seq ORDER BY batch_seq LIMIT $3) b`,
    values: [[...engines.keys()], [...engines.values()], perEngineMax],
  });
  return rows.map(batchOf);
}

/** An engine's batches in [from, to) that have events of the partition, in order. */
export async function readBatchesOf(
  database: Database,
  { partition, engineId, from, to }: { partition: number; engineId: string; from: number; to: number },
): Promise<Batch[]> {
  const { rows } = await database.query<Row>({
    name: 'relay batches of a partition',
    rowMode: 'array',
    text: `SELECT ${columns} FROM ledger_batches WHERE worker_id = $1 AND batch_seq >= $2 AND batch_seq < $3
              AND event_partitions @> ARRAY[$4::smallint] ORDER BY batch_seq`,
    values: [engineId, from, to, partition],
  });
  return rows.map(batchOf);
}

/** Batches of a range of time, both ends inclusive, behind the one that was read last (null: from the start), in order of time. */
export async function readBatchesBetween(
  database: Database,
  range: { from: Date; to: Date; at: Date | string | null; engineId: string | null; batchSeq: number | null },
  max: number,
): Promise<Batch[]> {
  const { from, to, at, engineId, batchSeq } = range;
  const { rows } = await database.query<Row>({
    name: 'batches of a time',
    rowMode: 'array',
    text: `SELECT ${columns} FROM ledger_batches
            WHERE created_at >= coalesce($3, $1)::timestamptz AND created_at <= $2::timestamptz
              AND ($3::timestamptz IS NULL OR (created_at, worker_id, batch_seq) > ($3::timestamptz, $4::uuid, $5::bigint))
            ORDER BY created_at, worker_id, batch_seq LIMIT $6`,
    values: [from, to, at, engineId, batchSeq, max],
  });
  return rows.map(batchOf);
}

function batchOf([engineId, seq, at, ids, partitions, firsts, changes]: Row): Batch {
  return {
    ...{ engineId, seq: Number(seq), at: isoTime(at), transactionIds: ids === '' ? [] : ids.split(',') },
    firsts: partitions === null || firsts === null ? null : numbered(partitions, firsts),
    changes: changes ?? [],
  };
}

function numbered(partitions: string, firsts: string): Map<number, number> {
  const numbers = firsts.split(',');
  const entries = partitions === '' ? [] : partitions.split(',');
  return new Map(entries.map((partition, i) => [Number(partition), Number(numbers[i])]));
}
