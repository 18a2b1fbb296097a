import type { PendingCommand } from '../../actor/mailbox.js';
import type { Answer, CommandOutcome, LimitsOutcome } from '../../answers.js';
import type { LimitTerms } from '../../contract/commands.js';
import type { Digest } from '../../contract/digest.js';
import type { RefusalCode } from '../../contract/rejection.js';
import type { TransferTerms } from '../../contract/transfer-terms.js';
import type { WalletStatus } from '../../contract/wallet.js';
import type { Refusal } from '../../ledger/decide/refusal.js';
import type { Posted, TouchedHold, TouchedOriginal, TouchedWallet } from './working-copy.js';

/** What one database call is to commit, and what is answered without it. */
export interface BatchPlan {
  readonly commands: PlannedCommand[];
  /** Those of its commands. */
  readonly keys: ReadonlySet<Digest>;
  readonly transactions: PlannedTransaction[];
  readonly changes: PlannedChange[];
  /** Reversals that succeed and whose request is known: for the audit log. */
  readonly tracedReversals: TracedReversal[];
  readonly touched: ReadonlyMap<string, TouchedWallet>;
  readonly holds: ReadonlyMap<string, TouchedHold>;
  readonly originals: ReadonlyMap<string, TouchedOriginal>;
  /** The UTC day that the counters of daily limits were decided for; see `utcDay`. */
  readonly day: number;
  /** Final without a commit. */
  readonly answered: [PendingCommand, Answer][];
  /** Would be refused on hearsay, or wait for the outcome of another command: to be decided after reading `toRead`. */
  readonly deferred: PendingCommand[];
  readonly toRead: Set<string>;
  /** Keys of deferred commands that would be rejected: they are looked for before that. */
  readonly toLookUp: Set<Digest>;
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
  /** Of a change of limits. */
  readonly limits?: LimitsOutcome;
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
  /** Of a capture: what it gives back. */
  readonly released?: bigint | undefined;
  readonly outcome: Posted | NotPosted | Refusal;
}

/** Succeeded, and moved nothing: a hold, a void, an expiry. */
export interface NotPosted {
  readonly type: 'NOT_POSTED';
}

export const notPosted: NotPosted = { type: 'NOT_POSTED' };

/** As it stands in `ledger_batches.figures`. */
export interface TracedReversal {
  readonly transactionId: string;
  readonly traceId: string;
}

/** As it stands in `ledger_batches.changes`. */
export type PlannedChange = PlannedStatusChange | PlannedLimitsChange;

interface OfChange {
  readonly changeId: string;
  readonly partition: number;
  readonly caller: string;
  readonly walletId: string;
  readonly reason: string | null;
  /** How many transactions of the batch were decided before it. */
  readonly place: number;
  /** Of the request, for the audit log; it is not sealed. */
  readonly traceId?: string;
}

export interface PlannedStatusChange extends OfChange {
  readonly from: WalletStatus;
  /** As `from` when the wallet was so already: nothing changes but what its key names. */
  readonly to: WalletStatus;
}

export interface PlannedLimitsChange extends OfChange {
  readonly from: Limits;
  /** As `from` when it is refused. */
  readonly to: Limits;
  /** Why nothing changes. */
  readonly refused?: { readonly code: RefusalCode; readonly reason: string };
}

/** As they are asked for. */
export type Limits = LimitTerms;

export interface CommandFault {
  readonly pending: PendingCommand;
  readonly error: unknown;
}
