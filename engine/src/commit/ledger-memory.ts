import { Generations } from '../actor/generations.js';
import type { PendingCommand } from '../actor/mailbox.js';
import type { RecentAnswers } from '../actor/recent-answers.js';
import type { Actor, WalletCache } from '../actor/wallet-cache.js';
import type { RecordedAnswer } from '../answers.js';
import { fundingCurrencyOf, holdOf, originalOf, walletsOf } from '../contract/command-traits.js';
import type { Command, RecordedTransaction } from '../contract/commands.js';
import type { Digest } from '../contract/digest.js';
import { partitionOf } from '../contract/partition.js';
import type { Database } from '../database.js';
import type { HoldState } from '../ledger/hold-state.js';
import type { Original } from '../ledger/original.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { ensureFundingWallet, type FundingName, readHolds, readOriginals, readWallets } from './ledger-reads.js';
import { isRefusedStatement } from './outcome.js';
import type { BatchPlan } from './plan/batch-plan.js';
import type { LedgerView } from './plan/view.js';
import { readAnswers } from './recorded-answers.js';
import { TransactionIds } from './transaction-ids.js';

/** What one batch has found in memory, and has read of the ledger: see `LedgerView`. */
export class LedgerRead {
  /** Its wallets that are in memory. Each is looked up once: among 100,000 that costs more than all else that is done to it. */
  readonly atHand = new Map<string, Actor>();
  readonly fresh = new Set<string>();
  readonly absent = new Set<string>();
  /** The same of holds and recorded transactions. Apart: a caller may name a hold's id where a wallet's belongs. */
  readonly absentRows = new Set<string>();
  /** Holds, and recorded transactions that are to be paid back. They are read for every batch, and kept for none. */
  readonly holds = new Map<string, HoldState>();
  readonly originals = new Map<string, Original>();
  /** Wallets, holds and transactions whose row cannot be read: a broken page. Nothing can be said of a command that needs one. */
  readonly unreadable = new Set<string>();
  /** When its last call would have been committed, by the rows it found: time runs with them, and they may be ahead of the clock. */
  createdAtMs = 0;
  /** Keys of its commands that turned out to be known. */
  readonly answers = new Map<Digest, RecordedAnswer>();
  /** Keys that were looked for. Those whose row cannot be read are apart. */
  readonly lookedUp = new Set<Digest>();
  readonly unreadableKeys = new Set<Digest>();

  /** Another call may have changed them. */
  forgetHoldsAndOriginals(): void {
    this.holds.clear();
    this.originals.clear();
    this.absentRows.clear();
  }
}

/** What commands need and memory lacks. */
export interface Missing {
  readonly walletIds: ReadonlySet<string>;
  readonly funding: readonly FundingName[];
  readonly holdIds: readonly string[];
  readonly originalIds: readonly string[];
  /** Commands whose keys are to be looked for. */
  readonly toLookUp: readonly Command[];
}

export function isNothing({ walletIds, funding, holdIds, originalIds, toLookUp }: Missing): boolean {
  return walletIds.size + funding.length + holdIds.length + originalIds.length + toLookUp.length === 0;
}

/** Holds and originals whose wallets are kept in mind. */
const namedByMax = 20_000;
/** Answers with more transactions than this are not kept in memory. */
const recentTransactionsMax = 20;

/** What an engine has in mind of the ledger: wallets, its partitions' funding wallets, recent answers. */
export class LedgerMemory {
  readonly #funding = new Map<string, WalletState>();
  readonly #transactionIds: TransactionIds;
  #toRead = new Set<string>();
  /** Keys of commands that wait to be decided again. */
  readonly #toLookUp = new Set<Digest>();
  /** The wallets that holds and originals name, which never change. */
  readonly #namedBy = new Generations<readonly string[]>(namedByMax / 2);

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

  /** These keys are looked for before their commands are decided again. */
  lookUp(digests: Iterable<Digest>): void {
    for (const digest of digests) this.#toLookUp.add(digest);
  }

  /** Are wallets to be read before the next decision, whatever its commands need? */
  get readsAgain(): boolean {
    return this.#toRead.size > 0;
  }

  /**
   * Looks for what the commands need, and tells what memory lacks of it. What a call under way changes is not looked for: what is
   * read of it may be from before the call.
   */
  missing(commands: readonly PendingCommand[], read: LedgerRead, underWay?: BatchPlan): Missing {
    const { absent, atHand } = read;
    const walletIds = new Set(this.#toRead);
    atHand.clear();
    const funding = new Map<string, FundingName>();
    const holdIds = new Set<string>();
    const originalIds = new Set<string>();
    const isKnownMissing = (id: string) => read.absentRows.has(id) || read.unreadable.has(id);
    for (const { command, partition } of commands) {
      for (const walletId of this.#named(command, read)) {
        if (walletId === null || atHand.has(walletId)) continue;
        const actor = this.wallets.find(walletId);
        if (actor) atHand.set(walletId, actor);
        else if (!absent.has(walletId) && !underWay?.touched.has(walletId)) walletIds.add(walletId);
      }
      const currency = fundingCurrencyOf(command);
      if (currency !== null) {
        const name = fundingKey(partition, currency);
        if (!this.#funding.has(name)) funding.set(name, { partition, currency });
      }
      const holdId = holdOf(command);
      if (holdId !== null && !read.holds.has(holdId) && !isKnownMissing(holdId) && !underWay?.holds.has(holdId)) {
        holdIds.add(holdId);
      }
      const id = originalOf(command);
      if (id !== null && !read.originals.has(id) && !isKnownMissing(id) && !underWay?.originals.has(id)) {
        originalIds.add(id);
      }
    }
    return {
      walletIds,
      funding: [...funding.values()],
      holdIds: [...holdIds],
      originalIds: [...originalIds],
      toLookUp: this.#toLookUp.size === 0 ? [] : this.#commandsToLookUp(commands, read),
    };
  }

  #commandsToLookUp(commands: readonly PendingCommand[], { lookedUp, unreadableKeys }: LedgerRead): Command[] {
    return commands
      .map(({ command }) => command)
      .filter(({ keyDigest: key }) => this.#toLookUp.has(key) && !lookedUp.has(key) && !unreadableKeys.has(key));
  }

  /** The wallets that the command names, or its hold or its original, once that is read. */
  #named(command: Command, { holds, originals }: LedgerRead): (string | null)[] {
    if (holds.size + originals.size === 0) return walletsOf(command);
    const hold = holds.get(holdOf(command) ?? '');
    if (hold) return [hold.walletId, hold.receiverWalletId];
    const original = originals.get(originalOf(command) ?? '');
    if (original) return [original.senderWalletId, original.receiverWalletId];
    return walletsOf(command);
  }

  /** Reads it, while no call is in flight that changes it: what it finds is the ledger's state, own commits included. */
  async read(missing: Missing, read: LedgerRead, createdMaxMs: number): Promise<void> {
    const { fresh, absent, unreadable } = read;
    await this.#readRows(missing, read);
    if (missing.toLookUp.length > 0) await this.#lookUp(missing.toLookUp, read);
    const { walletIds } = missing;
    if (walletIds.size > 0) {
      const { partitionsForgotten } = this.wallets;
      const found = await readApart([...walletIds], unreadable, (ids) => readWallets(this.database, ids));
      // A partition was taken over meanwhile: its owner of before may have changed limits that no guard looks at. They are missing still.
      if (this.wallets.partitionsForgotten !== partitionsForgotten) return;
      for (const walletId of walletIds) absent.add(walletId);
      for (const wallet of found) {
        absent.delete(wallet.walletId);
        fresh.add(wallet.walletId);
        this.#install(wallet);
      }
      for (const walletId of walletIds) this.#toRead.delete(walletId);
    }
    for (const name of missing.funding) {
      const wallet = await ensureFundingWallet(this.database, name, this.partitionCount, createdMaxMs);
      this.#funding.set(fundingKey(name.partition, name.currency), wallet);
    }
  }

  async #lookUp(commands: readonly Command[], read: LedgerRead): Promise<void> {
    const { found, unreadable } = await readAnswers(this.database, commands);
    for (const [digest, answer] of found) read.answers.set(digest, answer);
    for (const { keyDigest } of commands) {
      (unreadable.has(keyDigest) ? read.unreadableKeys : read.lookedUp).add(keyDigest);
      this.#toLookUp.delete(keyDigest);
    }
  }

  async #readRows({ holdIds, originalIds }: Missing, read: LedgerRead): Promise<void> {
    const { fresh, absentRows, holds, originals, unreadable } = read;
    // Only once the ledger has answered: after a failed read they are missing still, and nobody hears that there are none.
    if (holdIds.length > 0) {
      const found = await readApart(holdIds, unreadable, (ids) => readHolds(this.database, ids));
      for (const id of holdIds) absentRows.add(id);
      for (const hold of found) {
        absentRows.delete(hold.holdId);
        fresh.add(hold.holdId);
        holds.set(hold.holdId, hold);
        this.#namedBy.set(hold.holdId, [hold.walletId, hold.receiverWalletId]);
      }
    }
    if (originalIds.length > 0) {
      const found = await readApart(originalIds, unreadable, (ids) => readOriginals(this.database, ids));
      for (const id of originalIds) absentRows.add(id);
      for (const original of found) {
        absentRows.delete(original.transactionId);
        fresh.add(original.transactionId);
        originals.set(original.transactionId, original);
        this.#namedBy.set(original.transactionId, [original.senderWalletId, original.receiverWalletId]);
      }
    }
  }

  view(read: LedgerRead): LedgerView {
    return {
      fresh: read.fresh,
      absent: read.absent,
      absentRows: read.absentRows,
      wallet: (walletId) => read.atHand.get(walletId)?.state,
      partitionOf: (walletId) => read.atHand.get(walletId)?.partition,
      fundingWallet: (partition, currency) => this.#funding.get(fundingKey(partition, currency)) as WalletState,
      knownAnswer: (digest) => read.answers.get(digest) ?? this.recent.get(digest),
      hold: (holdId) => read.holds.get(holdId),
      original: (transactionId) => read.originals.get(transactionId),
      isLookedUp: (digest) => {
        if (read.unreadableKeys.has(digest)) throw new Error('the row of its key cannot be read');
        return read.lookedUp.has(digest);
      },
      isUnderWay: () => false,
      nowMs: Math.max(Math.floor(this.database.nowMs()), read.createdAtMs),
      mintIdIn: (partition) => this.#mintIdIn(partition),
      mintId: () => this.#transactionIds.next(),
    };
  }

  /** As it will be once a call under way is committed. What the call changes was not read, so none of it is fresh. */
  viewBehind({ touched, holds, originals, keys }: BatchPlan, read: LedgerRead): LedgerView {
    const view = this.view(read);
    return {
      ...view,
      wallet: (walletId) => {
        // One that was forgotten meanwhile is not at hand, whatever the call makes of it.
        const installed = view.wallet(walletId);
        return installed && (touched.get(walletId)?.state ?? installed);
      },
      fundingWallet: (partition, currency) => {
        const installed = view.fundingWallet(partition, currency);
        return touched.get(installed.walletId)?.state ?? installed;
      },
      hold: (holdId) => holds.get(holdId)?.state ?? view.hold(holdId),
      original: (transactionId) => originals.get(transactionId)?.state ?? view.original(transactionId),
      isUnderWay: (digest) => keys.has(digest),
    };
  }

  /** A plan is committed: its working copy becomes what this engine knows. */
  install(plan: BatchPlan, transactions: readonly RecordedTransaction[], { atHand }: LedgerRead): void {
    for (const { state } of plan.touched.values()) {
      const actor = atHand.get(state.walletId);
      if (actor && state.kind === 'USER') this.wallets.update(actor, state);
      else this.#install(state);
    }
    for (const { pending, kind, outcomeId, first, count, limits } of plan.commands) {
      if (count > recentTransactionsMax) continue;
      const { keyDigest, requestHash } = pending.command;
      const own = transactions.slice(first, first + count);
      this.recent.remember(keyDigest, { kind, outcomeId, requestHash, transactions: own, limits });
    }
  }

  /** Is there an answer to the command's key? It need not be decided any more, however late it is. */
  hasAnswer({ keyDigest }: Command, read: LedgerRead): boolean {
    return read.answers.has(keyDigest) || this.recent.get(keyDigest) !== undefined;
  }

  /** The rows that a command changes or needs unchanged, as far as they are known: its hold's or original's, its wallets', funding wallets included. */
  rowsOf({ command, partition }: PendingCommand): string[] {
    const row = holdOf(command) ?? originalOf(command);
    const ids =
      row === null
        ? walletsOf(command).filter((walletId) => walletId !== null)
        : [row, ...(this.#namedBy.get(row) ?? [])];
    const currency = fundingCurrencyOf(command);
    const funding = currency === null ? undefined : this.#funding.get(fundingKey(partition, currency));
    return funding ? [...ids, funding.walletId] : ids;
  }

  /** Some sixty tries, each a hash: only where an id must lead to its owner. */
  #mintIdIn(partition: number): string {
    for (;;) {
      const id = this.#transactionIds.next();
      if (partitionOf(id, this.partitionCount) === partition) return id;
    }
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

function fundingKey(partition: number, currency: string): string {
  return `${currency} ${partition}`;
}

/** One broken page must not keep all others from being read. */
async function readApart<Row>(
  ids: readonly string[],
  unreadable: Set<string>,
  read: (ids: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  try {
    return await read(ids);
  } catch (error) {
    if (!isRefusedStatement(error)) throw error;
    if (ids.length > 1) {
      const half = ids.length >> 1;
      return [
        ...(await readApart(ids.slice(0, half), unreadable, read)),
        ...(await readApart(ids.slice(half), unreadable, read)),
      ];
    }
    unreadable.add(ids[0] as string);
    return [];
  }
}
