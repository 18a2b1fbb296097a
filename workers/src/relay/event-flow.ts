import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { Batch } from './batch.js';
import { ContradictionError, eventsOf, type LoadedBatch } from './batch-events.js';
import type { EventOrder, OrderedBatch } from './event-order.js';
import { readBatches } from './read-batches.js';
import { readCurrencies, readTransactions } from './read-transactions.js';
import { readHeads, readOwners } from './relay-store.js';

/** Transactions that are read at once, of all engines together: some 4 MB, 20 at the worst. */
const transactionsMax = 2_000;
const batchesMax = 256;
const ownersEveryMs = 1_000;
const headsEveryMs = 5_000;
const nothing = { read: 0, more: false } as const;

export interface FlowStops {
  partition(partition: number, why: string): Promise<void>;
  engine(stop: { engineId: string; seq: number; why: string }): Promise<void>;
}

/** Reads the ledger engine by engine, in short statements, and says which batch goes out next. */
export class EventFlow {
  /** Engines that may have something. */
  readonly #engines = new Set<string>();
  readonly #stopped = new Set<string>();
  /** What was read of each engine and waits for its turn. */
  readonly #loaded = new Map<string, LoadedBatch[]>();
  #ownersAtMs = Number.NEGATIVE_INFINITY;
  #headsAtMs = Number.NEGATIVE_INFINITY;
  #perBatch = 1;
  /** Nothing moved in the round before, with all engines known. */
  #stalled = false;

  constructor(
    private readonly database: Database,
    private readonly order: EventOrder,
    private readonly stops: FlowStops,
    private readonly log: Logger,
  ) {}

  /** What comes next; `more`: there is more at once. What was just committed can wait for what follows it: a look for each costs most. */
  async round(): Promise<{ batches: OrderedBatch[]; more: boolean }> {
    await this.#look();
    const { read, more } = await this.#read();
    const batches = await this.#inOrder();
    const waiting = [...this.#loaded.values()].some((ofEngine) => ofEngine.length > 0);
    if (batches.length > 0 || read > 0 || !waiting) this.#stalled = false;
    else if (this.#stalled) await this.#giveUp();
    else {
      // What it waits for was committed before it. So it is found once every engine was looked at after it was read, or it is nowhere.
      this.#stalled = true;
      this.#headsAtMs = Number.NEGATIVE_INFINITY;
    }
    return { batches, more };
  }

  async #look(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#headsAtMs > headsEveryMs) {
      this.#headsAtMs = nowMs;
      this.#engines.clear();
      for (const { engineId, batchSeq } of await readHeads(this.database)) {
        if (batchSeq > this.order.cursorOf(engineId)) this.#engines.add(engineId);
      }
      this.#ownersAtMs = Number.NEGATIVE_INFINITY;
    }
    if (nowMs - this.#ownersAtMs > ownersEveryMs) {
      this.#ownersAtMs = nowMs;
      for (const engineId of await readOwners(this.database)) this.#engines.add(engineId);
    }
  }

  async #read(): Promise<{ read: number; more: boolean }> {
    const asked = [...this.#engines].filter((id) => !this.#stopped.has(id) && !this.#loaded.get(id)?.length);
    if (asked.length === 0) return nothing;
    const most = Math.max(8, Math.min(batchesMax, Math.ceil(transactionsMax / this.#perBatch / asked.length)));
    const cursors = new Map(asked.map((id) => [id, this.order.cursorOf(id)]));
    const found = await readBatches(this.database, cursors, most);
    if (found.length === 0) return nothing;
    const chosen = this.#firstOf(found, Math.ceil(transactionsMax / asked.length));
    this.#perBatch = Math.max(1, chosen.reduce((sum, b) => sum + b.transactionIds.length, 0) / chosen.length);
    const transactions = await readTransactions(this.database, chosen);
    const currencies = await readCurrencies(this.database, chosen);
    for (const batch of chosen) {
      if (this.#stopped.has(batch.engineId)) continue;
      try {
        const loaded = eventsOf(batch, { transactions, currencies });
        const ofEngine = this.#loaded.get(batch.engineId);
        if (ofEngine) ofEngine.push(loaded);
        else this.#loaded.set(batch.engineId, [loaded]);
      } catch (error) {
        if (!(error instanceof ContradictionError || error instanceof RangeError)) throw error;
        await this.#stopEngine(batch, error.message);
      }
    }
    return { read: chosen.length, more: chosen.length < found.length || found.length >= most };
  }

  /** Of each engine as many as have so many transactions together, and one at least. */
  #firstOf(batches: readonly Batch[], most: number): Batch[] {
    const taken = new Map<string, number>();
    return batches.filter(({ engineId, transactionIds }) => {
      const before = taken.get(engineId) ?? 0;
      const after = before + transactionIds.length;
      const fits = before === 0 || after <= most;
      taken.set(engineId, fits ? after : Number.POSITIVE_INFINITY);
      return fits;
    });
  }

  async #inOrder(): Promise<OrderedBatch[]> {
    const passed: OrderedBatch[] = [];
    for (let before = -1; before < passed.length; ) {
      before = passed.length;
      for (const ofEngine of this.#loaded.values()) {
        let taken = 0;
        for (const loaded of ofEngine) {
          const turn = this.order.turnOf(loaded);
          if (turn === 'GAP') {
            const { engineId } = loaded.batch;
            await this.#stopEngine(loaded.batch, `batches behind ${this.order.cursorOf(engineId)} are missing`);
            this.#loaded.delete(engineId);
          }
          if (turn !== 'NOW') break;
          for (const partition of this.order.doubled(loaded)) {
            await this.#hold(partition, loaded, 'numbers events that were there already');
          }
          passed.push(this.order.pass(loaded));
          taken += 1;
        }
        ofEngine.splice(0, taken);
      }
    }
    return passed;
  }

  /** All engines were looked at, and nothing leads to what waits. */
  async #giveUp(): Promise<void> {
    this.#stalled = false;
    for (const [first] of this.#loaded.values()) {
      if (!first) continue;
      for (const partition of this.order.missing(first)) {
        await this.#hold(partition, first, 'follows on events that are nowhere in the ledger');
      }
    }
  }

  async #hold(partition: number, { batch }: LoadedBatch, what: string): Promise<void> {
    const expected = (this.order.places.get(partition)?.passed ?? 0) + 1;
    const { engineId, seq } = batch;
    const why = `batch ${seq} of engine ${engineId} ${what}: it begins at ${batch.firsts?.get(partition)}, expected was ${expected}`;
    this.log.error({ partition, engineId, batchSeq: seq, expected }, `events of a partition stop: ${why}`);
    this.order.hold(partition);
    await this.stops.partition(partition, why);
  }

  async #stopEngine({ engineId, seq }: Batch, what: string): Promise<void> {
    this.#stopped.add(engineId);
    const why = `batch ${seq}: ${what}`;
    this.log.error({ engineId, batchSeq: seq }, `events of an engine stop: the ledger contradicts itself in ${why}`);
    await this.stops.engine({ engineId, seq: this.order.cursorOf(engineId), why });
  }

  /** Somebody has looked after it: it is tried again. */
  resumeEngine(engineId: string): void {
    this.#stopped.delete(engineId);
  }

  get stoppedEngines(): readonly string[] {
    return [...this.#stopped];
  }
}
