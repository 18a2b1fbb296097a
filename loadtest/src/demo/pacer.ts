/** What a late timer may have missed and is sent at once: more would be a burst. */
const catchUpMs = 250;

/** How many payments are due: an even stream, whether or not earlier ones have been answered. */
export class Pacer {
  #rate = 0;
  #owed = 0;
  #lastMs: number;

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** Payments per second from now on. */
  setRate(rate: number, nowMs: number): void {
    this.#accrue(nowMs);
    this.#rate = rate;
    // A change of rate starts an even stream of its own.
    this.#owed = Math.min(this.#owed, 1);
  }

  /** Whole payments due by now. They count as sent. */
  take(nowMs: number): number {
    this.#accrue(nowMs);
    const due = Math.floor(this.#owed);
    this.#owed -= due;
    return due;
  }

  /** Until the next one is due. */
  waitMs(): number {
    return this.#rate === 0 ? Number.POSITIVE_INFINITY : ((1 - this.#owed) / this.#rate) * 1_000;
  }

  #accrue(nowMs: number): void {
    const grown = this.#owed + (this.#rate * Math.max(0, nowMs - this.#lastMs)) / 1_000;
    this.#owed = Math.min(grown, Math.max(1, (this.#rate * catchUpMs) / 1_000));
    this.#lastMs = nowMs;
  }
}
