import type { RefusalCode } from './rejection.js';
import type { TransactionKind } from './transaction-kind.js';
import type { TransactionStatus } from './transaction-status.js';
import type { TransferTerms } from './transfer-terms.js';

/*
 * An engine's id and name are called `workerId` and `workerName` in what programs say to each other (and `worker_id` in SQL), and
 * the engines of a live frame `workers`: names that are kept, so that old and new programs run together.
 */

export const ownershipChanges = ['CLAIMED', 'RELEASED', 'LOST'] as const;

/** Something changed in who owns a partition. */
export interface OwnershipEvent {
  type: (typeof ownershipChanges)[number];
  partition: number;
  epoch: number;
  workerId: string;
  workerName: string;
  atMs: number;
}

/** What a live engine says of itself every second. */
export interface EngineHeartbeat {
  workerId: string;
  workerName: string;
  atMs: number;
  /** `[partition, epoch, commands queued or in flight]` of each partition it owns. */
  partitions: [partition: number, epoch: number, mailboxDepth: number][];
  /** It should own none, and waits to take over. Older engines do not say. */
  standsBy?: boolean;
  /** Age of the oldest command queued or in flight, from its gateway's acceptance; null: none waits. */
  oldestWaitingMs: number | null;
  /** Calls that Postgres refused because the partition had a new owner, since the engine started. */
  fencedCalls: number;
  /** Calls whose outcome had to be looked up, since the engine started. */
  unknownCalls: number;
  memoryBytes: number;
}

/** Bounds in milliseconds of the latency histogram: bucket i holds what is below bound i and not below the one before; a last bucket holds the rest. */
export const latencyBoundsMs: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 250, 300, 400, 500, 750, 1_000,
  1_500, 2_000, 3_000, 5_000,
];

/** Exact figures of one batch, as they stand in its `ledger_batches` row. */
export interface BatchFigures {
  succeeded: number;
  failed: number;
  failuresByCode: Partial<Record<RefusalCode, number>>;
  /** Successful transactions that moved money, by kind: see `movesMoney`. */
  countByKind: Partial<Record<TransactionKind, number>>;
  /** The money that those moved, ten-thousandths in decimal digits. */
  sumByCurrency: Record<string, string>;
  /** How many transactions `sumByCurrency` sums up. Older batches do not say. */
  countByCurrency?: Record<string, number>;
}

export interface BatchCommitted {
  workerId: string;
  batchSeq: number;
  committedAtMs: number;
  figures: BatchFigures;
  /** Count of transactions per bucket of `latencyBoundsMs`, from the gateway's acceptance to the commit. Expiries, which nobody waits for, are in none. */
  latency: number[];
  /** At most `eventSampleMax` of the batch's transactions. Figures never come from it. */
  sample: SampledTransaction[];
}

export const eventSampleMax = 5;

export interface SampledTransaction extends Pick<TransferTerms, 'kind' | 'amount' | 'currency'> {
  transactionId: string;
  status: TransactionStatus;
  failureCode: RefusalCode | null;
  senderWalletId: string;
  receiverWalletId: string;
  /** From the gateway's acceptance to the commit. */
  latencyMs: number;
}

/** Wallets that someone else than their owner lowered: their owner reads them again. */
export interface WalletsLowered {
  walletIds: string[];
}
