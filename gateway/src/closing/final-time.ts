import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { clockBackSecondsMax } from './closing-rule.js';
import { lookAtLedger } from './look-at-ledger.js';

/** While something older than the mark still runs. */
const lookAgainMs = 15;

/**
 * Up to when the ledger is final, asked for when somebody wants to know: the closing rule, with a mark for each question and to the
 * millisecond. Whatever has a `createdAt` below is committed, and is seen by reads that begin now; nothing will be added.
 */
export class FinalTime {
  readonly #database: Pool;
  #beforeMs = 0;

  constructor(database: Pool) {
    this.#database = database;
  }

  /**
   * Waits until everything below an instant is final, `waitMs` at most, and not at all for an instant to come. null: the
   * present. Returns how far it is, by the database's clock; 0: not known. Given up early when the signal is aborted.
   */
  async reach(wantedMs: number | null, waitMs: number, signal?: AbortSignal): Promise<number> {
    if (wantedMs !== null && wantedMs <= this.#beforeMs) return this.#beforeMs;
    const untilMs = performance.now() + waitMs;
    const { clockMs, mark } = await lookAtLedger(this.#database, true);
    if (clockMs < this.#beforeMs - clockBackSecondsMax * 1_000) this.#beforeMs = 0;
    if (mark === null || (wantedMs !== null && wantedMs > clockMs)) return this.#beforeMs;
    for (;;) {
      // The mark's own look had its snapshot before: only a later one can pass it.
      const { oldestRunning } = await lookAtLedger(this.#database, false);
      if (oldestRunning >= mark) this.#beforeMs = Math.max(this.#beforeMs, clockMs);
      if (this.#beforeMs >= (wantedMs ?? clockMs) || performance.now() >= untilMs) return this.#beforeMs;
      if (signal?.aborted) return this.#beforeMs;
      await sleep(lookAgainMs);
    }
  }
}
