import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';

/** Histories kept encoded until the next second closes: clients of a gateway that died come with the same `since`. */
const encodedHistoriesMax = 16;

/** The last closed seconds: in order, without a hole, and no more than a fixed number. */
export class SecondRing {
  readonly #capacity: number;
  /** Each second stands at its number modulo the capacity. */
  readonly #seconds: { second: ClosedSecond; json: string }[] = [];
  readonly #encoded = new Map<number, Buffer>();
  #newest: number | null = null;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get newest(): number | null {
    return this.#newest;
  }

  /** What is asked for must come after this second; null: nothing is here. */
  get before(): number | null {
    return this.#newest === null ? null : this.#newest - this.#count;
  }

  push(second: ClosedSecond): void {
    if (this.#newest !== null && second.second !== this.#newest + 1) {
      throw new Error(`second ${second.second} does not follow ${this.#newest}`);
    }
    this.#seconds[second.second % this.#capacity] = { second, json: JSON.stringify(second) };
    this.#newest = second.second;
    this.#count = Math.min(this.#count + 1, this.#capacity);
    this.#encoded.clear();
  }

  clear(): void {
    this.#seconds.length = 0;
    this.#encoded.clear();
    this.#newest = null;
    this.#count = 0;
  }

  /** Whether the seconds after `since` are all here. */
  reaches(since: number): boolean {
    return this.before !== null && since >= this.before;
  }

  /** The seconds after `since`; empty when there are none yet. */
  after(since: number): ClosedSecond[] {
    return this.#entriesAfter(since).map(({ second }) => second);
  }

  /** As `after`, as JSON in UTF-8: the same bytes for everybody who asks before the next second closes. */
  encodedAfter(since: number): Buffer {
    let encoded = this.#encoded.get(since);
    if (!encoded) {
      encoded = Buffer.from(`[${this.#entriesAfter(since).map(({ json }) => json)}]`);
      if (this.#encoded.size >= encodedHistoriesMax) this.#encoded.clear();
      this.#encoded.set(since, encoded);
    }
    return encoded;
  }

  #entriesAfter(since: number): { second: ClosedSecond; json: string }[] {
    if (this.#newest === null || this.before === null) return [];
    const entries: { second: ClosedSecond; json: string }[] = [];
    for (let second = Math.max(since, this.before) + 1; second <= this.#newest; second++) {
      entries.push(this.#seconds[second % this.#capacity] as { second: ClosedSecond; json: string });
    }
    return entries;
  }
}
