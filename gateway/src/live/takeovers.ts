import { liveHistorySeconds, liveTakeoversMax, type Takeover } from '@smart-wallet/engine/contract/live.js';
import type { OwnerChange } from './partition-owners.js';

/** Changes between the same two engines belong together while they follow each other this closely. */
const togetherMs = 2_000;

interface Group {
  takeover: Takeover;
  /** Monotonic. */
  lastChangeMs: number;
}

/** The last takeovers, newest first. */
export class Takeovers {
  readonly #groups: Group[] = [];

  changed({ partition, from, to, atMs, lastSignMs, planned }: OwnerChange, wallClockMs: number): void {
    const tookMs = lastSignMs === null ? null : Math.round(atMs - lastSignMs);
    const group = this.#groups.find(
      ({ takeover, lastChangeMs }) =>
        takeover.from === from &&
        takeover.to === to &&
        takeover.planned === planned &&
        atMs - lastChangeMs <= togetherMs,
    );
    if (group) {
      const { takeover } = group;
      if (!takeover.partitions.includes(partition)) takeover.partitions.push(partition);
      takeover.partitions.sort((a, b) => a - b);
      takeover.atMs = wallClockMs;
      takeover.tookMs = tookMs === null ? takeover.tookMs : Math.max(takeover.tookMs ?? 0, tookMs);
      group.lastChangeMs = atMs;
      return;
    }
    const takeover: Takeover = { atMs: wallClockMs, partitions: [partition], from, to, tookMs, planned };
    this.#groups.unshift({ takeover, lastChangeMs: atMs });
    this.#groups.length = Math.min(this.#groups.length, liveTakeoversMax);
  }

  newestFirst(wallClockMs: number): Takeover[] {
    const since = wallClockMs - liveHistorySeconds * 1_000;
    return this.#groups.map(({ takeover }) => takeover).filter(({ atMs }) => atMs >= since);
  }
}
