import type { PendingCommand } from '../actor/mailbox.js';
import type { RecentAnswers } from '../actor/recent-answers.js';
import type { WalletCache } from '../actor/wallet-cache.js';
import type { RecordedAnswer } from '../answers.js';
import { fundingCurrencyOf, recordedKeyOf, walletsOf } from '../contract/command-traits.js';
import type { Command } from '../contract/commands.js';
import type { Digest } from '../contract/digest.js';
import type { Database } from '../database.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { ensureFundingWallet, readWallets } from './ledger-reads.js';
import type { BatchPlan } from './plan/batch-plan.js';
import type { LedgerView } from './plan/view.js';
import { TransactionIds } from './transaction-ids.js';

/** What one batch has read of the ledger: see `LedgerView`. */
export interface WalletsRead {
  readonly fresh: Set<string>;
  readonly absent: Set<string>;
}

/** What an engine has in mind of the ledger: wallets, its partitions' funding wallets, recent answers. */
export class LedgerMemory {
  readonly #funding = new Map<string, WalletState>();
  readonly #transactionIds: TransactionIds;
  #toRead = new Set<string>();

  constructor(
    private readonly partitionCount: number,
    private readonly wallets: WalletCache,
    private readonly recent: RecentAnswers,
    private readonly database: Database,
  ) {
    this.#transactionIds = new TransactionIds(() => database.nowMs());
  }

  /** These wallets are read before the next decision. */
  readAgain(walletIds: Iterable<string>): void {
    for (const walletId of walletIds) this.#toRead.add(walletId);
  }

  /** Looks for what the commands need and memory lacks. */
  missing(
    commands: readonly PendingCommand[],
    { absent }: WalletsRead,
  ): { walletIds: string[]; funding: FundingName[] } {
    const walletIds = new Set(this.#toRead);
    const funding = new Map<string, FundingName>();
    for (const { command, partition } of commands) {
      for (const walletId of walletsOf(command)) {
        if (walletId !== null && !this.wallets.get(walletId) && !absent.has(walletId)) walletIds.add(walletId);
      }
      const currency = fundingCurrencyOf(command);
      if (currency === null) continue;
      const name = fundingKey(partition, currency);
      if (!this.#funding.has(name)) funding.set(name, { partition, currency });
    }
    return { walletIds: [...walletIds], funding: [...funding.values()] };
  }

  /** Reads it, while no call is in flight: what it finds is the ledger's state, own commits included. */
  async read(
    { walletIds, funding }: ReturnType<LedgerMemory['missing']>,
    { fresh, absent }: WalletsRead,
  ): Promise<void> {
    if (walletIds.length > 0) {
      const found = await readWallets(this.database, walletIds);
      for (const walletId of walletIds) absent.add(walletId);
      for (const wallet of found) {
        absent.delete(wallet.walletId);
        fresh.add(wallet.walletId);
        this.#install(wallet);
      }
      for (const walletId of walletIds) this.#toRead.delete(walletId);
    }
    for (const { partition, currency } of funding) {
      const wallet = await ensureFundingWallet(this.database, partition, this.partitionCount, currency);
      this.#funding.set(fundingKey(partition, currency), wallet);
    }
  }

  view(read: WalletsRead): LedgerView {
    return {
      ...read,
      wallet: (walletId) => this.wallets.get(walletId),
      partitionOf: (walletId) => this.wallets.partitionOf(walletId),
      fundingWallet: (partition, currency) => this.#funding.get(fundingKey(partition, currency)) as WalletState,
      knownAnswer: (digest) => this.recent.get(digest),
      mintTransactionId: () => this.#transactionIds.next(),
    };
  }

  /** A plan is committed: its working copy becomes what this engine knows. */
  install(plan: BatchPlan, transactionTexts: readonly string[]): void {
    for (const { state } of plan.touched.values()) this.#install(state);
    for (const [i, { keyDigest: digest, requestHash }] of plan.transactions.entries()) {
      this.recent.remember(digest, { requestHash, transactionText: transactionTexts[i] as string });
    }
  }

  remember(answers: ReadonlyMap<Digest, RecordedAnswer>): void {
    for (const [digest, answer] of answers) this.recent.remember(digest, answer);
  }

  /** Is there an answer to the command's key? It need not be decided any more, however late it is. */
  hasAnswer(command: Command): boolean {
    const digest = recordedKeyOf(command);
    return digest !== undefined && this.recent.get(digest) !== undefined;
  }

  forgetWallets(): void {
    this.wallets.clear();
    this.#funding.clear();
  }

  #install(state: WalletState): void {
    this.wallets.install(state);
    if (state.kind === 'USER') return;
    for (const [name, { walletId }] of this.#funding) if (walletId === state.walletId) this.#funding.set(name, state);
  }
}

interface FundingName {
  readonly partition: number;
  readonly currency: string;
}

function fundingKey(partition: number, currency: string): string {
  return `${currency} ${partition}`;
}
