import type { RecordedAnswer } from '../../answers.js';
import type { Digest } from '../../contract/digest.js';
import type { HoldState } from '../../ledger/hold-state.js';
import type { Original } from '../../ledger/original.js';
import type { WalletState } from '../../ledger/wallet-state.js';

/** What planning reads. Every wallet and funding wallet the commands name has been looked for before. */
export interface LedgerView {
  wallet(walletId: string): WalletState | undefined;
  partitionOf(walletId: string): number | undefined;
  fundingWallet(partition: number, currency: string): WalletState;
  /** Holds and recorded transactions are read anew for every batch. */
  hold(holdId: string): HoldState | undefined;
  original(transactionId: string): Original | undefined;
  /** Wallets, holds and originals read for this batch, with no call in flight that changes them: a refusal may rest on them. */
  readonly fresh: ReadonlySet<string>;
  /** Ids that were looked for, for this batch, and have no wallet. One that is merely not in memory is not among them. */
  readonly absent: ReadonlySet<string>;
  /** Ids that were looked for, for this batch, as holds or recorded transactions, and are none. */
  readonly absentRows: ReadonlySet<string>;
  knownAnswer(digest: Digest): RecordedAnswer | undefined;
  /** Was the key looked for in the ledger, for this batch? A rejection, which no call looks at, may only be told then. Throws when its row cannot be read. */
  isLookedUp(digest: Digest): boolean;
  /** Is the key in the call under way? What becomes of it is not known yet. */
  isUnderWay(digest: Digest): boolean;
  /** The time of the batch's commit, as far as this engine knows: the database's, or that of rows which are ahead of it. */
  readonly nowMs: number;
  /** Of a transaction or a change. */
  mintId(): string;
  /** One that hashes to the partition. */
  mintIdIn(partition: number): string;
}
