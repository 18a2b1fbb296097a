import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { type LivePartition, liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';

interface Owned {
  epoch: number;
  /** null: given up or lost, and nobody has claimed it since. */
  workerId: string | null;
  /** Who had it before. */
  formerId: string | null;
  /** The former owner handed it over, at this time. */
  releasedAtMs: number | null;
}

/** A partition has a new owner. */
export interface OwnerChange {
  partition: number;
  from: string | null;
  to: string;
  atMs: number;
  /** Monotonic: the last sign of life of the old owner; null: none was heard. */
  lastSignMs: number | null;
  planned: boolean;
}

/** Engines whose last sign of life is remembered, live or not. */
const enginesMax = 1_000;

/**
 * Who owns each partition as the screen shows it: by what was heard, and without an owner as soon as that one is silent.
 * (The engine client keeps its own map, with more patience, to decide where commands go.)
 */
export class PartitionOwners {
  readonly #partitions: Owned[];
  readonly #lastSigns = new Map<string, number>();
  readonly #changed: (change: OwnerChange) => void;

  /** Until then nobody can have been heard. */
  #loadedAtMs = -Infinity;

  constructor(partitionCount: number, changed: (change: OwnerChange) => void) {
    this.#changed = changed;
    this.#partitions = Array.from({ length: partitionCount }, () => ({
      epoch: 0,
      workerId: null,
      formerId: null,
      releasedAtMs: null,
    }));
  }

  /** What the table says at the start. Its owners have the usual time to be heard before they count as silent. */
  load(rows: readonly { partition: number; epoch: number; workerId: string | null }[], nowMs: number): void {
    this.#loadedAtMs = nowMs;
    for (const { partition, epoch, workerId } of rows) {
      const owned = this.#partitions[partition];
      if (owned && epoch > owned.epoch) Object.assign(owned, { epoch, workerId, formerId: workerId });
    }
  }

  alive(workerId: string, nowMs: number): void {
    // The longest silent stands first.
    this.#lastSigns.delete(workerId);
    this.#lastSigns.set(workerId, nowMs);
    if (this.#lastSigns.size > enginesMax) this.#lastSigns.delete(this.#lastSigns.keys().next().value as string);
  }

  event({ type, partition, epoch, workerId }: OwnershipEvent, nowMs: number): void {
    this.alive(workerId, nowMs);
    if (type === 'CLAIMED') return this.#claimed(partition, epoch, workerId, nowMs);
    const owned = this.#partitions[partition];
    // It may have left its heartbeats before: a drain takes its time.
    if (!owned || epoch !== owned.epoch || owned.formerId !== workerId) return;
    owned.workerId = null;
    owned.releasedAtMs = type === 'RELEASED' ? nowMs : null;
  }

  heartbeat({ workerId, partitions }: EngineHeartbeat, nowMs: number): void {
    this.alive(workerId, nowMs);
    const held = new Set<number>();
    for (const [partition, epoch] of partitions) {
      held.add(partition);
      this.#claimed(partition, epoch, workerId, nowMs);
    }
    // It no longer speaks of a partition: it hands it over, or its event was lost.
    for (const [partition, owned] of this.#partitions.entries()) {
      if (owned.workerId === workerId && !held.has(partition)) owned.workerId = null;
    }
  }

  partitions(nowMs: number): LivePartition[] {
    return this.#partitions.map(({ epoch, workerId }) => [
      epoch,
      workerId !== null && nowMs - (this.#lastSigns.get(workerId) ?? this.#loadedAtMs) <= liveSilentAfterMs
        ? workerId
        : null,
    ]);
  }

  #claimed(partition: number, epoch: number, workerId: string, nowMs: number): void {
    const owned = this.#partitions[partition];
    if (!owned || epoch < owned.epoch) return;
    if (epoch > owned.epoch) {
      const { formerId: from, releasedAtMs } = owned;
      Object.assign(owned, { epoch, workerId, formerId: workerId, releasedAtMs: null });
      if (from === workerId) return;
      const lastSignMs = releasedAtMs ?? (from === null ? null : (this.#lastSigns.get(from) ?? null));
      this.#changed({ partition, from, to: workerId, atMs: nowMs, lastSignMs, planned: releasedAtMs !== null });
    } else if (owned.formerId === workerId && owned.releasedAtMs === null) {
      owned.workerId = workerId;
    }
  }
}
