/** A sample that differs from the estimate by more than this is not believed at once. */
export const clockJumpMs = 2_000;
/** A jump is believed when samples have agreed on it for this long: a wild minute of a server's clock must not drag others along. */
export const clockJumpLastsMs = 10_000;

interface Jump {
  readonly offsetMs: number;
  readonly sinceMs: number;
}

/**
 * What time it is for the database: the time in its last reply and what a monotonic clock has counted since. So a machine whose own
 * clock is wrong, or is set while it runs, neither mints ids of another time nor takes every command for too old.
 *
 * Pure: both times are given. When a reply's time was read lies between asking and its arrival: whoever gives the middle of both is
 * off by half of that way at most, whoever gives the arrival runs behind by all of it at most.
 */
export class DatabaseClock {
  /** The database's time less the monotonic clock. */
  #offsetMs: number;
  #heard = false;
  #jump: Jump | null = null;

  /** Until the first sample: this machine's time, for want of anything better. */
  constructor(ownMs: number, monotonicMs: number) {
    this.#offsetMs = ownMs - monotonicMs;
  }

  /** It was `databaseMs` for the database at `monotonicMs`, as well as its caller can tell. */
  sample(databaseMs: number, monotonicMs: number): void {
    const offsetMs = databaseMs - monotonicMs;
    if (!this.#heard || Math.abs(offsetMs - this.#offsetMs) <= clockJumpMs) {
      this.#believe(offsetMs);
    } else if (this.#jump === null || Math.abs(offsetMs - this.#jump.offsetMs) > clockJumpMs) {
      this.#jump = { offsetMs, sinceMs: monotonicMs };
    } else if (monotonicMs - this.#jump.sinceMs >= clockJumpLastsMs) {
      this.#believe(offsetMs);
    }
  }

  /** Unix milliseconds, whole. */
  nowMs(monotonicMs: number): number {
    return Math.floor(monotonicMs + this.#offsetMs);
  }

  /** The latest that it may be: a jump ahead counts before it is believed. */
  latestMs(monotonicMs: number): number {
    return Math.floor(monotonicMs + Math.max(this.#offsetMs, this.#jump?.offsetMs ?? this.#offsetMs));
  }

  #believe(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.#heard = true;
    this.#jump = null;
  }
}
