import type { HeldPartition } from '../partition/ownership-store.js';
import type { CommittedBatch } from './committed-batch.js';

/** What the loop needs to know of its surroundings, and tells them. */
export interface CommitSurroundings {
  /** The epoch at which this engine holds the partition, if it does. */
  epochOf(partition: number): number | undefined;
  /** Postgres refused a call: these partitions have new owners. */
  fenced(partitions: readonly number[]): void;
  /** To settle a call of unknown outcome: what this engine still holds, at new epochs. */
  epochsRaised(held: readonly HeldPartition[]): void;
  /** By a call of unknown outcome, now settled: it may be in the ledger, and is not told as a batch. */
  perhapsChanged(walletIds: Iterable<string>): void;
  /** A batch is in the ledger. */
  committed(batch: CommittedBatch): void;
}
