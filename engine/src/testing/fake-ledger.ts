import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import type { CallPosition } from '../commit/apply-batch.js';
import type { BatchPlan } from '../commit/plan/batch-plan.js';
import type { RecordedTransaction } from '../contract/commands.js';
import type { Database } from '../database.js';

/** A call as the ledger below is given it: not yet written as SQL. */
export interface FakeCall {
  readonly plan: BatchPlan;
  readonly position: CallPosition;
}

/** What happens to a call. */
export type Fate = 'GOES_WELL' | 'LOST_BEFORE' | 'LOST_AFTER' | 'TOO_LATE' | 'LOCKED' | 'DEADLOCK';

export interface FakeWallet {
  balance: bigint;
  status: 'ACTIVE' | 'SUSPENDED' | 'CREATED' | 'CLOSED';
}

interface Key {
  readonly requestHash: string;
  readonly kind: string;
  readonly outcomeId: string;
  readonly transactions: RecordedTransaction[];
}

/** The ledger as one engine sees it, in memory: its rules, and a fate for every call. Of payments and changes of status. */
export class FakeLedger {
  readonly wallets = new Map<string, FakeWallet>();
  readonly keys = new Map<string, Key>();
  readonly epochs = new Map<number, number>();
  batchSeq = 0;
  /** Calls made so far, and the most that were under way at once. */
  calls = 0;
  underWayMax = 0;
  /** Payments refused for want of money that was there. */
  readonly falselyRefused: string[] = [];
  #underWay = 0;

  /**
   * @param fate of each call, by its number from 1
   * @param tookMs how long the way there takes, and the way back
   */
  constructor(
    private readonly fate: (call: number) => Fate,
    private readonly tookMs: () => number,
  ) {}

  get database(): Database {
    return {
      nowMs: () => Date.now(),
      latestMs: () => Date.now(),
      askTime: () => {},
      dropCommitConnection: () => {},
      commit: (call: unknown) => this.#commit(call as FakeCall),
      query: (text: string, values: unknown[]) => this.#query(text, values),
      queryPastBlockers: async () => {
        await this.#way();
        for (const [partition, epoch] of this.epochs) this.epochs.set(partition, epoch + 1);
        return [...this.epochs].map(([partition_id, epoch]) => ({ partition_id, partition_epoch: String(epoch) }));
      },
    } as unknown as Database;
  }

  async #way(): Promise<void> {
    const ms = this.tookMs();
    await (ms < 1 ? turn() : sleep(ms));
  }

  async #commit({ plan, position }: FakeCall): Promise<{ committed: number[] }> {
    this.calls += 1;
    const fate = this.fate(this.calls);
    this.#underWay += 1;
    this.underWayMax = Math.max(this.underWayMax, this.#underWay);
    try {
      await this.#way();
      if (fate === 'LOST_BEFORE') throw new Error('the socket broke');
      if (fate === 'TOO_LATE') throw refused('SW004');
      if (fate === 'LOCKED') throw refused('55P03');
      if (fate === 'DEADLOCK') throw refused('40P01');
      const createdMs = Date.now();
      this.#apply(plan, position, createdMs);
      await this.#way();
      if (fate === 'LOST_AFTER') throw new Error('the socket broke');
      return { committed: [createdMs] };
    } finally {
      this.#underWay -= 1;
    }
  }

  #apply(plan: BatchPlan, { batchSeq, epochs, processingAtMs }: CallPosition, createdAtMs: number): void {
    if (batchSeq !== this.batchSeq + 1) throw refused('SW003');
    const lost = [...epochs].filter(([partition, epoch]) => this.epochs.get(partition) !== epoch);
    if (lost.length > 0)
      throw refused(
        'SW001',
        lost.map(([partition]) => partition),
      );
    const known = plan.commands.map(({ pending }) => pending.command.keyDigest).filter((key) => this.keys.has(key));
    if (known.length > 0) throw refused('SW005', known);
    const failed = [...plan.touched].filter(([walletId, { statusBefore, dip }]) => {
      const wallet = this.wallets.get(walletId) as FakeWallet;
      return wallet.status !== statusBefore || wallet.balance + dip < 0n;
    });
    if (failed.length > 0)
      throw refused(
        'SW002',
        failed.map(([walletId]) => walletId),
      );
    this.batchSeq = batchSeq;
    this.#lookAtRefusals(plan);
    for (const [walletId, { delta, state }] of plan.touched) {
      const wallet = this.wallets.get(walletId) as FakeWallet;
      this.wallets.set(walletId, { balance: wallet.balance + delta, status: state.status });
    }
    for (const { pending, kind, outcomeId, first, count } of plan.commands) {
      const transactions = plan.transactions.slice(first, first + count).map(
        (t): RecordedTransaction => ({
          transactionId: t.transactionId,
          status: t.outcome.type === 'REFUSED' ? 'FAILED' : 'SUCCESS',
          failureCode: t.outcome.type === 'REFUSED' ? t.outcome.code : null,
          failureReason: t.outcome.type === 'REFUSED' ? t.outcome.reason : null,
          ...{ senderWalletId: t.senderWalletId, receiverWalletId: t.receiverWalletId, partition: t.partition },
          ...{ batchSeq, initiatedAtMs: t.initiatedAtMs, processingAtMs, createdAtMs },
        }),
      );
      const { keyDigest, requestHash } = pending.command;
      this.keys.set(keyDigest, { requestHash, kind, outcomeId, transactions });
    }
  }

  #lookAtRefusals({ commands, transactions }: BatchPlan): void {
    const single = new Set(commands.filter(({ kind }) => kind === 'TRANSACTION').map(({ first }) => first));
    const balances = new Map<string, bigint>();
    const balanceOf = (walletId: string) => balances.get(walletId) ?? this.wallets.get(walletId)?.balance ?? 0n;
    for (const [i, { senderWalletId, receiverWalletId, amount, outcome, transactionId }] of transactions.entries()) {
      if (outcome.type === 'POSTED') {
        balances.set(senderWalletId, balanceOf(senderWalletId) - amount);
        balances.set(receiverWalletId, balanceOf(receiverWalletId) + amount);
      } else if (
        outcome.type === 'REFUSED' &&
        outcome.code === 'INSUFFICIENT_FUNDS' &&
        single.has(i) &&
        balanceOf(senderWalletId) >= amount
      ) {
        this.falselyRefused.push(transactionId);
      }
    }
  }

  async #query(text: string, [first]: unknown[]): Promise<unknown[]> {
    await this.#way();
    if (text.includes('FROM engine_workers')) return [{ batch_seq: String(this.batchSeq) }];
    if (text.includes('locked_wallets')) return [{ locked: [] }];
    const ids = (first as string).slice(1, -1).split(',');
    if (text.includes('FROM wallets')) {
      return ids.flatMap((wallet_id) => {
        const wallet = this.wallets.get(wallet_id);
        if (!wallet) return [];
        const balance = `${wallet.balance / 10_000n}.${String(wallet.balance % 10_000n).padStart(4, '0')}`;
        return [
          {
            wallet_id,
            kind: 'USER',
            currency: 'EUR',
            status: wallet.status,
            balance,
            held: '0',
            floor: '0',
            ...noLimitsColumns,
          },
        ];
      });
    }
    if (text.includes('FROM idempotency_keys')) {
      return ids.flatMap((key_digest) => {
        const key = this.keys.get(key_digest);
        if (!key) return [];
        const { requestHash: request_hash, kind: outcome_kind, outcomeId: outcome_id, transactions } = key;
        const ofBatch = outcome_kind === 'ATOMIC_BATCH' ? transactions.map((t) => t.transactionId) : null;
        return [{ key_digest, request_hash, outcome_kind, outcome_id, transaction_ids: ofBatch }];
      });
    }
    if (!text.includes('FROM transactions')) throw new Error(`not to be asked: ${text}`);
    return [...this.keys.values()].flatMap(({ requestHash, transactions }) =>
      transactions
        .filter(({ transactionId }) => ids.includes(transactionId))
        .map((t) => ({
          ...{ transaction_id: t.transactionId, request_hash: requestHash, status: t.status },
          ...{ failure_code: t.failureCode, failure_reason: t.failureReason },
          ...{ sender_wallet_id: t.senderWalletId, receiver_wallet_id: t.receiverWalletId, partition: t.partition },
          ...{ batch_seq: String(t.batchSeq), initiated_ms: String(t.initiatedAtMs) },
          ...{ processing_ms: String(t.processingAtMs), created_ms: String(t.createdAtMs) },
        })),
    );
  }
}

function refused(code: string, detail?: unknown[]): pg.DatabaseError {
  const details = detail && { detail: JSON.stringify(detail) };
  return Object.assign(new pg.DatabaseError('', 0, 'error'), { severity: 'ERROR', code, ...details });
}

/** Of a wallet row. */
export const noLimitsColumns = {
  ...{ per_payment: null, daily_out: null, daily_in: null },
  ...{ counter_day: 0, day_out: '0', day_in: '0' },
};
