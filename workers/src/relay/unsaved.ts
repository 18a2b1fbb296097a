import type { Checkpoint, OrderedBatch, PartitionPlace } from './event-order.js';
import type { Progress } from './relay-store.js';

/** What is written down of a batch. Its events are not among it: thousands of texts would be kept until the broker has answered. */
export interface ConfirmedBatch extends Pick<OrderedBatch, 'places' | 'checkpoints'> {
  readonly engineId: string;
  readonly batchSeq: number;
}

/** What the broker has confirmed and nobody has written down yet. */
export class Unsaved {
  #cursors = new Map<string, number>();
  #places = new Map<number, Readonly<PartitionPlace>>();
  #checkpoints: Checkpoint[] = [];

  get isEmpty(): boolean {
    return this.#cursors.size === 0 && this.#places.size === 0;
  }

  /** In the order in which they went out. */
  confirmed({ engineId, batchSeq, places, checkpoints }: ConfirmedBatch): void {
    this.#cursors.set(engineId, batchSeq);
    for (const place of places) this.#places.set(place.partition, place);
    this.#checkpoints.push(...checkpoints);
  }

  caughtUp(partition: number, place: Readonly<PartitionPlace>): void {
    this.#places.set(partition, { ...place });
  }

  take(): Progress {
    const progress = { cursors: this.#cursors, places: this.#places, checkpoints: this.#checkpoints };
    this.#cursors = new Map();
    this.#places = new Map();
    this.#checkpoints = [];
    return progress;
  }

  /** It could not be written: what was confirmed since is newer. */
  giveBack({ cursors, places, checkpoints }: Progress): void {
    this.#cursors = new Map([...cursors, ...this.#cursors]);
    this.#places = new Map([...places, ...this.#places]);
    this.#checkpoints = [...checkpoints, ...this.#checkpoints];
  }
}
