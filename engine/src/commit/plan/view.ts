import type { RecordedAnswer } from '../../answers.js';
import type { Digest } from '../../contract/digest.js';
import type { WalletState } from '../../ledger/wallet-state.js';

/** What planning reads. Every wallet and funding wallet the commands name has been looked for before. */
export interface LedgerView {
  wallet(walletId: string): WalletState | undefined;
  partitionOf(walletId: string): number | undefined;
  fundingWallet(partition: number, currency: string): WalletState;
  /** Wallets read for this batch, with no call in flight that changes them: a refusal may rest on them. */
  readonly fresh: ReadonlySet<string>;
  /** Ids that were looked for, for this batch, and have no wallet. One that is merely not in memory is not among them. */
  readonly absent: ReadonlySet<string>;
  knownAnswer(digest: Digest): RecordedAnswer | undefined;
  /** Is the key in the call under way? What becomes of it is not known yet. */
  isUnderWay(digest: Digest): boolean;
  /** Of a transaction or a change. */
  mintId(): string;
}
