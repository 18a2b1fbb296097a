import { type AlertEventRow, alertEvent } from '../alerts/alert-events.js';
import type { Database } from '../database.js';
import { eventsOf } from '../relay/batch-events.js';
import type { LedgerEvent } from '../relay/event.js';
import { readBatchesBetween } from '../relay/read-batches.js';
import { readCurrencies, readTransactions } from '../relay/read-transactions.js';
import type { TextEvent } from './insert-deliveries.js';

/** Batches, and alerts, that one look takes. */
const batchesAtOnce = 16;
const alertsAtOnce = 500;

/** A range of time, both ends inclusive, and how far one has come in it. */
export interface RangePosition {
  readonly from: Date;
  readonly to: Date;
  /** The last batch. */
  readonly at: Date | string | null;
  readonly engineId: string | null;
  readonly batchSeq: number | null;
  /** The last alert's number; null: the batches come first. */
  readonly alert: number | null;
}

export interface RangePiece {
  readonly events: TextEvent[];
  readonly position: RangePosition;
}

/** The next events of the ledger; null: there are no more. Throws ContradictionError where the ledger has not all of them. */
export async function ledgerEventsAfter(database: Database, position: RangePosition): Promise<RangePiece | null> {
  if (position.alert !== null) return null;
  const batches = await readBatchesBetween(database, position, batchesAtOnce);
  const last = batches.at(-1);
  if (last === undefined) return null;
  const rows = {
    transactions: await readTransactions(database, batches),
    currencies: await readCurrencies(database, batches),
  };
  const events = batches
    .flatMap((batch) => eventsOf(batch, rows).events)
    .map(({ text }) => ({ event: JSON.parse(text) as LedgerEvent, text }));
  return { events, position: { ...position, at: last.at, engineId: last.engineId, batchSeq: last.seq } };
}

/** The next events of alerts; null: there are no more. */
export async function alertEventsAfter(database: Database, position: RangePosition): Promise<RangePiece | null> {
  const { rows } = await database.query<AlertEventRow>(
    `SELECT sequence, event_id, type, occurred_at, data FROM alert_events
      WHERE occurred_at BETWEEN $1 AND $2 AND sequence > $3 ORDER BY sequence LIMIT ${alertsAtOnce}`,
    [position.from, position.to, position.alert ?? 0],
  );
  if (rows.length === 0) return null;
  const events = rows.map((row) => {
    const event = alertEvent(row);
    return { event, text: JSON.stringify(event) };
  });
  return { events, position: { ...position, alert: Number(rows.at(-1)?.sequence) } };
}
