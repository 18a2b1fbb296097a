import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgers, type RandomLedger } from '../testing/random-batches.js';
import type { Batch } from './batch.js';
import { type BatchEvent, eventsOf } from './batch-events.js';
import { type Checkpoint, EventOrder, type OrderedBatch, type PartitionPlace } from './event-order.js';
import { Unsaved } from './unsaved.js';

const bounds = { partitions: 6, engines: 4, steps: 60, ofOneBatch: 5, charactersMax: 1 };
/** Whose batch is looked at next, as it happens to be read. */
const readings = fc.infiniteStream(fc.nat(1_000));

test('whatever engines own in turn and however their batches are read, each partition’s events go out dense and in order', () => {
  fc.assert(
    fc.property(ledgers(bounds), readings, (ledger, reading) => {
      const order = new EventOrder(new Map(), placesOf(bounds.partitions), new Map());
      const out = relay(ledger, order, reading);
      expect(order.places.size).toBe(bounds.partitions);
      expectDense(
        out.flatMap(({ loaded }) => loaded.events),
        ledger,
      );
    }),
    { numRuns: 300 },
  );
});

test('relays that end anywhere repeat from what was written down, leave out nothing, and number everything alike', () => {
  fc.assert(
    fc.property(
      ledgers(bounds),
      readings,
      fc.array(fc.record({ after: fc.nat(20), saved: fc.nat(20) }), { maxLength: 6 }),
      (ledger, reading, ends) => {
        const saved = new Saved(bounds.partitions);
        const published: BatchEvent[] = [];
        for (const { after, saved: written } of [...ends, { after: 10_000, saved: 10_000 }]) {
          const out = relay(ledger, saved.order(), reading, after);
          published.push(...out.flatMap(({ loaded }) => loaded.events));
          saved.write(out.slice(0, written));
        }
        const texts = new Map<string, string>();
        for (const { partition, sequence, text } of published) {
          const key = `${partition}:${sequence}`;
          expect(texts.get(key) ?? text).toBe(text);
          texts.set(key, text);
        }
        const last = new Map<number, number>();
        // Who drops what he has seen sees it dense and in order.
        expectDense(
          published.filter(({ partition, sequence }) => {
            if (sequence <= (last.get(partition) ?? 0)) return false;
            last.set(partition, sequence);
            return true;
          }),
          ledger,
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('a replay makes of the ledger what went out: from a checkpoint on, batch by batch, with the same numbers', () => {
  fc.assert(
    fc.property(ledgers(bounds), readings, (ledger, reading) => {
      const order = new EventOrder(new Map(), placesOf(bounds.partitions), new Map());
      const out = relay(ledger, order, reading);
      const checkpoints = out.flatMap((each) => each.checkpoints);
      const published = out.flatMap(({ loaded }) => loaded.events);
      for (const [partition, last] of ledger.lasts) {
        const again = replayed(ledger, checkpoints, partition, last);
        expect(again).toEqual(published.filter((event) => event.partition === partition).map(({ text }) => text));
      }
    }),
    { numRuns: 200 },
  );
});

test('a batch that an engine left out is a gap, and so are events that nothing leads to', () => {
  const order = new EventOrder(new Map([['e', 4]]), placesOf(1), new Map());
  const batch = (seq: number, first: number) =>
    eventsOf(batchOf('e', seq, first), { transactions: new Map(), currencies: new Map() });
  expect(order.turnOf(batch(6, 1))).toBe('GAP');
  expect(order.turnOf(batch(5, 2))).toBe('WAITS');
  expect(order.missing(batch(5, 2))).toEqual([0]);
  expect(order.turnOf(batch(5, 1))).toBe('NOW');
  order.pass(batch(5, 1));
  expect(order.doubled(batch(6, 1))).toEqual([0]);
});

function batchOf(engineId: string, seq: number, first: number): Batch {
  const change = { changeId: 'c', partition: 0, walletId: 'w', reason: null, place: 0, from: 'ACTIVE', to: 'CLOSED' };
  return { engineId, seq, at: 'now', transactionIds: [], firsts: new Map([[0, first]]), changes: [change] };
}

function placesOf(partitions: number): Map<number, PartitionPlace> {
  const place = () => ({ sequence: 0, passed: 0, beginsAfter: 0, engineId: null, held: false });
  return new Map(Array.from({ length: partitions }, (_, partition) => [partition, place()]));
}

/** Reads the engines' batches in any order, until nothing is left or so many went out. */
function relay(
  ledger: RandomLedger,
  order: EventOrder,
  reading: fc.Stream<number>,
  most = Number.POSITIVE_INFINITY,
): OrderedBatch[] {
  const left = new Map<string, Batch[]>();
  for (const batch of ledger.batches) {
    if (batch.seq <= order.cursorOf(batch.engineId)) continue;
    left.set(batch.engineId, [...(left.get(batch.engineId) ?? []), batch]);
  }
  const out: OrderedBatch[] = [];
  while (left.size > 0 && out.length < most) {
    const engines = [...left.keys()];
    const first = (reading.next().value as number) % engines.length;
    // From any engine on, the first whose turn has come: one there must be.
    const now = engines
      .map((_, i) => engines[(first + i) % engines.length] as string)
      .find((engine) => order.turnOf(eventsOf((left.get(engine) as Batch[])[0] as Batch, ledger.rows)) === 'NOW');
    if (now === undefined) throw new Error('every engine waits for another');
    const [batch, ...rest] = left.get(now) as [Batch, ...Batch[]];
    if (rest.length > 0) left.set(now, rest);
    else left.delete(now);
    const loaded = eventsOf(batch, ledger.rows);
    expect(order.doubled(loaded)).toEqual([]);
    out.push(order.pass(loaded));
  }
  return out;
}

function expectDense(events: readonly BatchEvent[], { lasts }: RandomLedger): void {
  const seen = new Map<number, number>();
  for (const { partition, sequence } of events) {
    expect(sequence).toBe((seen.get(partition) ?? 0) + 1);
    seen.set(partition, sequence);
  }
  expect(seen).toEqual(lasts);
}

/** As the tables hold it. */
class Saved {
  readonly #cursors = new Map<string, number>();
  readonly #places: Map<number, PartitionPlace>;
  readonly #checkpoints = new Map<string, Checkpoint>();

  constructor(partitions: number) {
    this.#places = placesOf(partitions);
  }

  order(): EventOrder {
    const places = new Map([...this.#places].map(([partition, place]) => [partition, { ...place }]));
    const checkpointed = new Map<number, number>();
    for (const { partition, sequence } of this.#checkpoints.values()) {
      checkpointed.set(partition, Math.max(sequence, checkpointed.get(partition) ?? 0));
    }
    return new EventOrder(new Map(this.#cursors), places, checkpointed);
  }

  write(confirmed: readonly OrderedBatch[]): void {
    const unsaved = new Unsaved();
    for (const { loaded, places, checkpoints } of confirmed) {
      const { engineId, seq } = loaded.batch;
      unsaved.confirmed({ engineId, batchSeq: seq, places, checkpoints });
    }
    // It fails once, and is written with what came meanwhile.
    unsaved.giveBack(unsaved.take());
    const { cursors, places, checkpoints } = unsaved.take();
    for (const [engine, seq] of cursors) this.#cursors.set(engine, seq);
    for (const [partition, place] of places) this.#places.set(partition, { ...place });
    for (const each of checkpoints) this.#checkpoints.set(`${each.partition}:${each.sequence}`, each);
  }
}

/** As event-range.ts goes through the ledger: where a batch's events end is known from where the next one's begin. */
function replayed(ledger: RandomLedger, checkpoints: readonly Checkpoint[], partition: number, last: number): string[] {
  const own = checkpoints.filter((each) => each.partition === partition);
  const transactions = new Map([...ledger.rows.transactions].filter(([, row]) => Number(row[1]) === partition));
  const rows = { ...ledger.rows, transactions };
  return own.flatMap(({ engineId, batchSeq }, i) => {
    const end = (own[i + 1]?.sequence ?? last + 1) - 1;
    const batches = ledger.batches
      .filter((batch) => batch.engineId === engineId && batch.seq >= batchSeq)
      .filter(({ firsts }) => (firsts?.get(partition) ?? Number.POSITIVE_INFINITY) <= end);
    return batches.flatMap((batch, j) => {
      const next = batches[j + 1]?.firsts?.get(partition) ?? end + 1;
      return eventsOf(batch, rows, { partition, last: next - 1 }).events.map(({ text }) => text);
    });
  });
}
