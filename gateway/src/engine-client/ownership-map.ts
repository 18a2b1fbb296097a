import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';

export interface Owner {
  epoch: number;
  workerId: string | null;
  /** Monotonic milliseconds; `-Infinity` when only the database told of it. */
  lastHeardMs: number;
}

/**
 * Who owns each partition, as far as this gateway has heard. Postgres mints higher epochs at each takeover, so the
 * highest epoch ever heard of is the only one that can commit: lower ones never overwrite it.
 */
export class OwnershipMap {
  readonly #owners: Owner[];
  readonly #ttlMs: number;

  constructor(partitionCount: number, ttlMs: number) {
    this.#ttlMs = ttlMs;
    this.#owners = Array.from({ length: partitionCount }, () => ({ epoch: 0, workerId: null, lastHeardMs: -Infinity }));
  }

  get partitionCount(): number {
    return this.#owners.length;
  }

  /** The epoch to send to, or 0 when no owner was heard of within the time to live. */
  liveEpoch(partition: number, nowMs: number): number {
    const owner = this.#owners[partition] as Owner;
    return owner.workerId !== null && nowMs - owner.lastHeardMs <= this.#ttlMs ? owner.epoch : 0;
  }

  /** The owner, live or not. */
  ownerOf(partition: number): string | null {
    return (this.#owners[partition] as Owner).workerId;
  }

  /** Partitions without a live owner, in order. */
  unowned(nowMs: number): number[] {
    const partitions: number[] = [];
    for (let p = 0; p < this.#owners.length; p++) if (this.liveEpoch(p, nowMs) === 0) partitions.push(p);
    return partitions;
  }

  /** What the `partitions` table says. Nothing is sent there before the owner itself is heard. */
  load(partition: number, epoch: number, workerId: string | null): void {
    const owner = this.#owners[partition];
    if (!owner || epoch <= owner.epoch) return;
    Object.assign(owner, { epoch, workerId, lastHeardMs: -Infinity } satisfies Owner);
  }

  /** Returns the partitions that became reachable, or reachable at a newer epoch. */
  heartbeat(beat: EngineHeartbeat, nowMs: number): number[] {
    const changed: number[] = [];
    for (const [partition, epoch] of beat.partitions) {
      if (this.#claimed(partition, epoch, beat.workerId, nowMs)) changed.push(partition);
    }
    return changed;
  }

  /** Returns true when the partition became reachable, or reachable at a newer epoch. */
  event(event: OwnershipEvent, nowMs: number): boolean {
    if (event.type === 'CLAIMED') return this.#claimed(event.partition, event.epoch, event.workerId, nowMs);
    const owner = this.#owners[event.partition];
    if (!owner || !Number.isSafeInteger(event.epoch) || event.epoch < owner.epoch) return false;
    // The epoch stays: an older owner's announcement that comes late must not bring it back.
    Object.assign(owner, { epoch: event.epoch, workerId: null, lastHeardMs: -Infinity } satisfies Owner);
    return false;
  }

  /** An owner that answers at its epoch is alive. */
  answered(partition: number, epoch: number, nowMs: number): void {
    const owner = this.#owners[partition] as Owner;
    if (owner.epoch === epoch) owner.lastHeardMs = nowMs;
  }

  #claimed(partition: number, epoch: number, workerId: string, nowMs: number): boolean {
    const owner = this.#owners[partition];
    if (!owner || !Number.isSafeInteger(epoch) || epoch < owner.epoch) return false;
    if (epoch === owner.epoch) {
      // A released epoch is over, whoever still speaks of it.
      if (owner.workerId !== workerId) return false;
      const wasLive = nowMs - owner.lastHeardMs <= this.#ttlMs;
      owner.lastHeardMs = nowMs;
      return !wasLive;
    }
    Object.assign(owner, { epoch, workerId, lastHeardMs: nowMs } satisfies Owner);
    return true;
  }
}
