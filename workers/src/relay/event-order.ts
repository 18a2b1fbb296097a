import type { LoadedBatch } from './batch-events.js';

/** How far a partition's events have come. */
export interface PartitionPlace {
  /** The last event that goes out, or went. */
  sequence: number;
  /** The last event that was come past; ahead of `sequence` where it was stopped. */
  passed: number;
  /** Events up to this one do not go out by themselves. */
  readonly beginsAfter: number;
  engineId: string | null;
  /** Nothing of it goes out: it is stopped, or has not caught up since. */
  held: boolean;
}

/** The partition's first event in the batch; to its next checkpoint all of its events are of that engine. */
export interface Checkpoint {
  readonly partition: number;
  readonly sequence: number;
  readonly engineId: string;
  readonly batchSeq: number;
}

/** A batch whose turn it is, without the events of partitions that are stopped. */
export interface OrderedBatch {
  readonly loaded: LoadedBatch;
  readonly places: readonly (Readonly<PartitionPlace> & { readonly partition: number })[];
  readonly checkpoints: readonly Checkpoint[];
}

/** Of a partition's events, between two checkpoints of one engine. */
export const checkpointEvery = 256;

/**
 * Says which batch may go out next.
 *
 * Each partition's events are numbered without a hole, whoever owned it: an engine counts on from where the one before it had come.
 * So a batch's turn has come when its engine's batches before it are out, and each of its partitions stands at exactly the number before.
 * That is all that takeovers need, however many follow each other: the new engine's batch waits for the old engine's last one.
 * A number that stands too low, or one that nothing leads to, is a contradiction: the partition is stopped, all others go on.
 */
export class EventOrder {
  readonly #checkpointed = new Map<number, number>();

  constructor(
    /** Of each engine: its last batch that was come past. */
    readonly cursors: Map<string, number>,
    readonly places: Map<number, PartitionPlace>,
    /** The last checkpoint's number of each partition. */
    checkpointed: ReadonlyMap<number, number>,
  ) {
    this.#checkpointed = new Map(checkpointed);
  }

  cursorOf(engineId: string): number {
    return this.cursors.get(engineId) ?? 0;
  }

  /** WAITS for another engine's batch; GAP: batches before it are missing. */
  turnOf({ batch }: LoadedBatch): 'NOW' | 'WAITS' | 'GAP' {
    if (batch.seq !== this.cursorOf(batch.engineId) + 1) return 'GAP';
    for (const [partition, first] of batch.firsts ?? []) {
      const place = this.#placeOf(partition);
      if (!place.held && first > place.passed + 1) return 'WAITS';
    }
    return 'NOW';
  }

  /** Partitions that the batch does not follow on: it numbers events that were come past. */
  doubled({ batch }: LoadedBatch): number[] {
    return [...(batch.firsts ?? [])]
      .filter(([partition, first]) => !this.#placeOf(partition).held && first <= this.#placeOf(partition).passed)
      .map(([partition]) => partition);
  }

  /** Partitions whose events before the batch are nowhere. To be asked once nothing is left that could bring them. */
  missing({ batch }: LoadedBatch): number[] {
    return [...(batch.firsts ?? [])]
      .filter(([partition, first]) => !this.#placeOf(partition).held && first > this.#placeOf(partition).passed + 1)
      .map(([partition]) => partition);
  }

  hold(partition: number): void {
    this.#placeOf(partition).held = true;
  }

  /** Comes past the batch. Its turn must have come. */
  pass(loaded: LoadedBatch): OrderedBatch {
    const { batch, lasts } = loaded;
    const { engineId, seq } = batch;
    this.cursors.set(engineId, seq);
    const checkpoints: Checkpoint[] = [];
    const places: (PartitionPlace & { partition: number })[] = [];
    for (const [partition, last] of lasts) {
      const place = this.#placeOf(partition);
      const sequence = batch.firsts?.get(partition) as number;
      const checkpointed = this.#checkpointed.get(partition) ?? Number.NEGATIVE_INFINITY;
      if (place.engineId !== engineId || sequence >= checkpointed + checkpointEvery) {
        checkpoints.push({ partition, sequence, engineId, batchSeq: seq });
        this.#checkpointed.set(partition, sequence);
      }
      place.engineId = engineId;
      place.passed = last;
      if (!place.held) place.sequence = last;
      places.push({ partition, ...place });
    }
    const events = loaded.events.filter(({ partition, sequence }) => {
      const place = this.#placeOf(partition);
      return !place.held && sequence > place.beginsAfter;
    });
    return { loaded: { ...loaded, events }, places, checkpoints };
  }

  #placeOf(partition: number): PartitionPlace {
    const place = this.places.get(partition);
    if (!place) throw new Error(`there is no partition ${partition}`);
    return place;
  }
}
