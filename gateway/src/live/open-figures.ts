import type { BatchCommitted } from '@smart-wallet/engine/contract/events.js';
import type { OpenFigures as Figures } from '@smart-wallet/engine/contract/live.js';
import { CommittedSum } from './committed-sum.js';

/** How far the database's clock may be ahead of this one. */
const aheadMsMax = 60_000;
/** Sums kept apart; beyond, the two oldest become one, which goes when the later of its seconds closes. */
const openSumsMax = 120;

interface OpenSum {
  /** The last second it covers. */
  through: number;
  sum: CommittedSum;
}

/** What was heard of seconds that are not closed yet. Provisional: an event may be lost or late. */
export class OpenFigures {
  /** In order of time. */
  #sums: OpenSum[] = [];
  #closed: number | null = null;
  #oldestNewAtMs: number | null = null;

  heard({ committedAtMs, figures, latency }: BatchCommitted, nowMs = Date.now()): void {
    // By a clock that is wrong, or a lie: it would stand here until that time comes.
    if (committedAtMs > nowMs + aheadMsMax) return;
    const second = Math.floor(committedAtMs / 1_000);
    if (this.#closed !== null && second <= this.#closed) return;
    this.#sumOf(second).addBatch(figures, latency);
    if (this.#oldestNewAtMs === null || committedAtMs < this.#oldestNewAtMs) this.#oldestNewAtMs = committedAtMs;
  }

  /** Every second through this one is closed; null: none is. */
  closed(second: number | null): void {
    this.#closed = second;
    if (second !== null) this.#sums = this.#sums.filter(({ through }) => through > second);
  }

  /** For the next frame, from which on nothing of it is new. */
  take(nowMs: number): Figures {
    const total = new CommittedSum();
    for (const { sum } of this.#sums) total.add(sum.figures());
    const oldestNewAtMs = this.#oldestNewAtMs;
    this.#oldestNewAtMs = null;
    return {
      ...total.figures(),
      from: this.#closed === null ? Math.floor(nowMs / 1_000) : this.#closed + 1,
      oldestNewAtMs,
    };
  }

  #sumOf(second: number): CommittedSum {
    // Mostly the last one: seconds come in order.
    let at = this.#sums.length;
    while (at > 0 && (this.#sums[at - 1] as OpenSum).through > second) at -= 1;
    const known = this.#sums[at - 1];
    if (known?.through === second) return known.sum;
    if (this.#sums.length < openSumsMax) return this.#insert(at, second);
    const oldest = this.#sums[0] as OpenSum;
    if (at === 0) return oldest.sum;
    const made = this.#insert(at, second);
    (this.#sums[1] as OpenSum).sum.add(oldest.sum.figures());
    this.#sums.shift();
    return made;
  }

  #insert(at: number, second: number): CommittedSum {
    const sum = new CommittedSum();
    this.#sums.splice(at, 0, { through: second, sum });
    return sum;
  }
}
