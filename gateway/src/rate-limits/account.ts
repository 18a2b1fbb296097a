import type { PointsTaken } from './point-store.js';

/** Ends of one window, as two answers of the store tell them, differ by less; those of two windows by more: by a second at least. */
const sameEndMs = 500;

interface Waiting {
  readonly points: number;
  /** How often the store was asked on its behalf. */
  asks: number;
  readonly settle: (granted: boolean) => void;
}

/**
 * What one caller may still do in the present window, as this gateway knows it. `granted` is what the store gave this gateway
 * of the caller's points, `spent` what was let through. While the store is away the caller goes on on credit, so that `spent`
 * may be above `granted`: the next points that the store gives pay for that first.
 */
export class Account {
  granted = 0;
  spent = 0;
  /** What the store has left for everybody, as it said last: it is never more before the window ends. */
  storeLeft = 0;
  /** By this gateway's clock. */
  endsAtMs = 0;
  /** The end of the window is the store's word. */
  #isTold = false;
  /** In the order they came. */
  readonly waiting: Waiting[] = [];
  isAsking = false;

  /** `key` is what the store knows the caller by. */
  constructor(readonly key: string) {}

  get available(): number {
    return this.granted - this.spent;
  }

  /** A window that nobody has told of yet. Points of a block end with theirs. */
  begin(points: number, endsAtMs: number): void {
    this.granted = 0;
    this.spent = 0;
    this.storeLeft = points;
    this.endsAtMs = endsAtMs;
    this.#isTold = false;
  }

  /**
   * Counted from when the store was asked, so that the window ends here before it ends there: points of one window are never
   * spent in the next.
   */
  told(askedAtMs: number, { granted, left, endsInMs }: PointsTaken, nowMs: number): void {
    const endsAtMs = askedAtMs + endsInMs;
    if (endsAtMs <= nowMs) return;
    if (this.#isTold && endsAtMs > this.endsAtMs + sameEndMs) {
      this.granted = 0;
      this.spent = 0;
    }
    this.granted += granted;
    this.storeLeft = left;
    this.endsAtMs = endsAtMs;
    this.#isTold = true;
  }
}
