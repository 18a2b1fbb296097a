import type { PendingCommand } from '../../actor/mailbox.js';
import type { AnswerText } from '../../answers.js';
import type { Digest } from '../../contract/digest.js';
import type { TransferTerms } from '../../contract/transfer-terms.js';
import type { WalletStatus } from '../../contract/wallet.js';
import type { Refusal } from '../../ledger/decide.js';
import type { Posted, TouchedWallet } from './working-copy.js';

/** What one database call is to commit, and what is answered without it. */
export interface BatchPlan {
  readonly commands: PlannedCommand[];
  readonly transactions: PlannedTransaction[];
  readonly statusChanges: PlannedStatusChange[];
  readonly touched: ReadonlyMap<string, TouchedWallet>;
  /** Final without a commit. */
  readonly answered: [PendingCommand, AnswerText][];
  /** Would be refused on hearsay, or wait for the outcome of another command: to be decided after reading `toRead`. */
  readonly deferred: PendingCommand[];
  readonly toRead: Set<string>;
  /** Commands that could not be decided, which is a bug. They are among the answered. */
  readonly faults: CommandFault[];
}

/** A command that the batch answers once it is committed. Its transactions start at `first`. */
export interface PlannedCommand {
  readonly pending: PendingCommand;
  readonly first: number;
  readonly count: number;
  readonly answer: CommittedAnswer;
}

/** The answer to a command whose transactions are the `count` from `first` on of those recorded, each as JSON text. */
export type CommittedAnswer = (transactionTexts: readonly string[], first: number, count: number) => AnswerText;

export interface PlannedTransaction {
  readonly transactionId: string;
  readonly terms: TransferTerms;
  /** That of the terms, read once. */
  readonly amount: bigint;
  /** Those of the terms; where they name none, the partition's funding wallet. */
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly caller: string;
  readonly idempotencyKey: string;
  readonly keyDigest: Digest;
  readonly requestHash: Digest;
  readonly partition: number;
  readonly initiatedAtMs: number;
  readonly outcome: Posted | Refusal;
}

export interface PlannedStatusChange {
  readonly caller: string;
  readonly walletId: string;
  readonly from: WalletStatus;
  readonly to: WalletStatus;
  readonly reason: string | null;
}

export interface CommandFault {
  readonly pending: PendingCommand;
  readonly error: unknown;
}
