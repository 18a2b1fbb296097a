import type { PendingCommand } from '../../actor/mailbox.js';
import type { Answer, CommandOutcome } from '../../answers.js';
import type { Digest } from '../../contract/digest.js';
import type { TransferTerms } from '../../contract/transfer-terms.js';
import type { WalletStatus } from '../../contract/wallet.js';
import type { Refusal } from '../../ledger/decide.js';
import type { Posted, TouchedWallet } from './working-copy.js';

/** What one database call is to commit, and what is answered without it. */
export interface BatchPlan {
  readonly commands: PlannedCommand[];
  /** Those of its commands. */
  readonly keys: ReadonlySet<Digest>;
  readonly transactions: PlannedTransaction[];
  readonly statusChanges: PlannedStatusChange[];
  readonly touched: ReadonlyMap<string, TouchedWallet>;
  /** Final without a commit. */
  readonly answered: [PendingCommand, Answer][];
  /** Would be refused on hearsay, or wait for the outcome of another command: to be decided after reading `toRead`. */
  readonly deferred: PendingCommand[];
  readonly toRead: Set<string>;
  /** Commands that could not be decided, which is a bug. They are among the answered. */
  readonly faults: CommandFault[];
}

/** A command that the batch answers once it is committed. Its transactions are the `count` from `first` on. */
export interface PlannedCommand {
  readonly pending: PendingCommand;
  readonly first: number;
  readonly count: number;
  /** What its key names. */
  readonly kind: CommandOutcome;
  readonly outcomeId: string;
}

export interface PlannedTransaction {
  readonly transactionId: string;
  readonly terms: TransferTerms;
  /** That of the terms, read once. */
  readonly amount: bigint;
  /** Those of the terms; where they name none, the partition's funding wallet. */
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly caller: string;
  /** Of an atomic batch's payments: the batch's. */
  readonly idempotencyKey: string;
  readonly keyDigest: Digest;
  readonly requestHash: Digest;
  readonly partition: number;
  readonly initiatedAtMs: number;
  readonly outcome: Posted | Refusal;
}

/** As it stands in `ledger_batches.changes`. */
export interface PlannedStatusChange {
  readonly changeId: string;
  readonly partition: number;
  readonly caller: string;
  readonly walletId: string;
  /** As `to` when the wallet was so already: nothing changes but what its key names. */
  readonly from: WalletStatus;
  readonly to: WalletStatus;
  readonly reason: string | null;
  /** How many transactions of the batch were decided before it. */
  readonly place: number;
}

export interface CommandFault {
  readonly pending: PendingCommand;
  readonly error: unknown;
}
