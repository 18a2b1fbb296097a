import type { Checkpoint, OrderedBatch, PartitionPlace } from './event-order.js';
import type { Progress } from './relay-store.js';

/** What the broker has confirmed and nobody has written down yet. */
export class Unsaved {
  #cursors = new Map<string, number>();
  #places = new Map<number, Readonly<PartitionPlace>>();
  #checkpoints: Checkpoint[] = [];

  get isEmpty(): boolean {
    return this.#cursors.size === 0 && this.#places.size === 0;
  }

  /** In the order in which they went out. */
  confirmed({ loaded: { batch }, places, checkpoints }: OrderedBatch): void {
    this.#cursors.set(batch.engineId, batch.seq);
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
