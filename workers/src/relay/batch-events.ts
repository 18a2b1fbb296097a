import { type Batch, type BatchChange, isEvent } from './batch.js';
import { type EventTopic, shardOf } from './event.js';
import { changeEvent, transactionEvent } from './event-json.js';
import type { TransactionRow } from './read-transactions.js';

export interface BatchEvent {
  readonly partition: number;
  readonly sequence: number;
  readonly shard: number;
  readonly topic: EventTopic;
  /** Its JSON. */
  readonly text: string;
}

/** A batch with all of its events, in order. */
export interface LoadedBatch {
  readonly batch: Batch;
  readonly events: readonly BatchEvent[];
  /** The last event's number of each partition that has events here. */
  readonly lasts: ReadonlyMap<number, number>;
}

/** The ledger says one thing here and another there: no event may be made of it. */
export class ContradictionError extends Error {
  override name = 'ContradictionError';
}

export interface BatchRows {
  readonly transactions: ReadonlyMap<string, TransactionRow>;
  /** Of wallets whose limits were changed. */
  readonly currencies: ReadonlyMap<string, string>;
}

/**
 * Numbers the batch's events: transactions in leaf order, each change behind as many transactions as its place says. `only`: those of one
 * partition, of which all rows are given and the last one's number is known.
 */
export function eventsOf(
  batch: Batch,
  { transactions, currencies }: BatchRows,
  only?: { readonly partition: number; readonly last: number },
): LoadedBatch {
  const lasts = new Map<number, number>();
  if (batch.firsts === null) return { batch, events: [], lasts };
  const events: BatchEvent[] = [];
  const numberOf = (partition: number) => {
    const last = lasts.get(partition) ?? (batch.firsts?.get(partition) ?? Number.NaN) - 1;
    if (Number.isNaN(last)) throw new ContradictionError(`it does not number the events of partition ${partition}`);
    lasts.set(partition, last + 1);
    return last + 1;
  };
  const changes = batch.changes.filter(
    (change) => isEvent(change) && (only === undefined || change.partition === only.partition),
  );
  let nextChange = 0;
  const changesUpTo = (place: number) => {
    for (; (changes[nextChange]?.place ?? Number.POSITIVE_INFINITY) <= place; nextChange++) {
      const change = changes[nextChange] as BatchChange;
      const { partition } = change;
      const sequence = numberOf(partition);
      const text = changeEvent(change, batch, sequence, currencies.get(change.walletId));
      events.push({ partition, sequence, shard: shardOf(partition), topic: 'wallets', text });
    }
  };
  for (const [place, id] of batch.transactionIds.entries()) {
    changesUpTo(place);
    const row = transactions.get(id);
    if (row === undefined && only !== undefined) continue;
    if (row === undefined) throw new ContradictionError(`its transaction ${id} is not in the ledger`);
    const partition = Number(row[1]);
    const sequence = numberOf(partition);
    const text = transactionEvent(row, batch, sequence);
    events.push({ partition, sequence, shard: shardOf(partition), topic: 'transactions', text });
  }
  changesUpTo(batch.transactionIds.length);
  if (only !== undefined) {
    if (lasts.get(only.partition) === only.last) return { batch, events, lasts };
    throw new ContradictionError(`its events of partition ${only.partition} do not lead to ${only.last}`);
  }
  if (lasts.size !== batch.firsts.size) throw new ContradictionError('it numbers events that it does not have');
  return { batch, events, lasts };
}
