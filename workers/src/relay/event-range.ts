import type { Database } from '../database.js';
import type { Batch } from './batch.js';
import { ContradictionError, eventsOf, type LoadedBatch } from './batch-events.js';
import { readBatchesOf } from './read-batches.js';
import { readCurrencies, readTransactions } from './read-transactions.js';

/** Batches that one look goes through: it skips those without events of the partition. */
const scanMax = 2_000;
/** Batches whose transactions are read at once. */
const loadMax = 16;

export interface EventRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** From a checkpoint to the next: batches of one engine. */
interface Stretch {
  readonly engineId: string;
  readonly batchSeq: number;
  /** The last event before the next checkpoint; of the last stretch, the last that was come past. */
  readonly last: number;
}

/** A partition's events from the ledger, in order, a few batches at a time. Throws ContradictionError where the ledger has not all of them. */
export async function* eventsInRange(database: Database, range: EventRange): AsyncGenerator<LoadedBatch[]> {
  const { partition, to } = range;
  for (let position = range.from; position <= to; ) {
    const stretch = await findStretch(database, partition, position);
    if (stretch === null || stretch.last < position)
      throw new ContradictionError(`event ${position} is not to be found`);
    for await (const batches of numberedBatches(database, partition, stretch)) {
      const wanted = batches.filter(({ first, last }) => last >= position && first <= to);
      for (let i = 0; i < wanted.length; i += loadMax) {
        const some = wanted.slice(i, i + loadMax);
        yield await load(database, range, some);
        position = (some.at(-1)?.last ?? position) + 1;
      }
      if (position > to) return;
    }
    if (position <= Math.min(stretch.last, to)) throw new ContradictionError(`event ${position} is not to be found`);
  }
}

interface NumberedBatch {
  readonly batch: Batch;
  readonly first: number;
  readonly last: number;
}

/** Where each ends is known from where the next one begins. */
async function* numberedBatches(
  database: Database,
  partition: number,
  { engineId, batchSeq, last }: Stretch,
): AsyncGenerator<NumberedBatch[]> {
  const { rows } = await database.query('SELECT batch_seq FROM engine_workers WHERE worker_id = $1', [engineId]);
  const head = Number(rows[0]?.batch_seq ?? 0);
  let before: { batch: Batch; first: number } | null = null;
  for (let from = batchSeq; from <= head; from += scanMax) {
    const found = await readBatchesOf(database, { partition, engineId, from, to: from + scanMax });
    const numbered: NumberedBatch[] = [];
    for (const batch of found) {
      const first = batch.firsts?.get(partition) as number;
      if (before !== null) numbered.push({ ...before, last: Math.min(first - 1, last) });
      before = first > last ? null : { batch, first };
      if (before === null) {
        yield numbered;
        return;
      }
    }
    yield numbered;
  }
  if (before !== null) yield [{ ...before, last }];
}

async function load(database: Database, range: EventRange, some: readonly NumberedBatch[]): Promise<LoadedBatch[]> {
  const { partition, from, to } = range;
  const batches = some.map(({ batch }) => batch);
  const [transactions, currencies] = [
    await readTransactions(database, batches, partition),
    await readCurrencies(database, batches),
  ];
  return some.map(({ batch, last }) => {
    const loaded = eventsOf(batch, { transactions, currencies }, { partition, last });
    return { ...loaded, events: loaded.events.filter(({ sequence }) => sequence >= from && sequence <= to) };
  });
}

async function findStretch(database: Database, partition: number, sequence: number): Promise<Stretch | null> {
  const { rows } = await database.query<{ engine_id: string; batch_seq: string; last: string }>(
    `SELECT c.engine_id, c.batch_seq, coalesce(
        (SELECT n.sequence - 1 FROM relay_checkpoints n WHERE n.partition = $1 AND n.sequence > $2 ORDER BY n.sequence LIMIT 1),
        (SELECT passed FROM relay_partitions WHERE partition = $1)) AS last
       FROM relay_checkpoints c WHERE c.partition = $1 AND c.sequence <= $2 ORDER BY c.sequence DESC LIMIT 1`,
    [partition, sequence],
  );
  const [row] = rows;
  return row ? { engineId: row.engine_id, batchSeq: Number(row.batch_seq), last: Number(row.last) } : null;
}
