import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryConfig } from 'pg';
import type { Logger } from 'pino';
import type { BatchFigures } from '../contract/events.js';
import { callNotAfterMs, writtenAheadMaxMs } from '../contract/limits.js';
import type { Database } from '../database.js';
import { applyBatchCall, type CallPosition, sentNow } from './apply-batch.js';
import { figuresOf } from './figures.js';
import { classifyFailure, type FailedOutcome } from './outcome.js';
import type { BatchPlan } from './plan/batch-plan.js';
import { LedgerWentBack } from './unknown-call.js';

/** How often one call is sent again unchanged after a deadlock or a serialization failure. */
const sendAgainMax = 10;

/** A plan as the database call that commits it. */
export interface WrittenCall {
  readonly plan: BatchPlan;
  readonly position: CallPosition;
  readonly figures: BatchFigures;
  /** null: something in it has no form in the database, which is a bug; halves tell of which command. */
  readonly query: QueryConfig | null;
}

/** The call is in the ledger. */
export interface Committed {
  readonly outcome: 'COMMITTED';
  readonly createdAtMs: number;
  readonly latency: number[];
}

/** An engine's calls, one after the other: where they stand in its chain, and until when each may be committed. */
export class CommitCalls {
  #batchSeq = 0;

  constructor(
    private readonly workerId: string,
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Of the last call that is in the ledger. */
  get batchSeq(): number {
    return this.#batchSeq;
  }

  /** The call after the last one, or after one that is under way. */
  write(plan: BatchPlan, epochs: ReadonlyMap<number, number>, underWay: WrittenCall | null): WrittenCall {
    const batchSeq = (underWay?.position.batchSeq ?? this.#batchSeq) + 1;
    const position = {
      ...{ workerId: this.workerId, batchSeq, epochs, processingAtMs: this.database.nowMs() },
      ...this.#bounds(),
    };
    const figures = figuresOf(plan.transactions);
    return { plan, position, figures, query: this.#queryOf(plan, figures, position) };
  }

  #queryOf(plan: BatchPlan, figures: BatchFigures, position: CallPosition): QueryConfig | null {
    try {
      return applyBatchCall(plan, figures, position);
    } catch (error) {
      this.log.error({ err: error, commands: plan.commands.length }, 'a bug: a call could not be written');
      return null;
    }
  }

  /** Sends a call, at once, and again where it may just be sent again. */
  async send({ plan, position, query: written }: WrittenCall): Promise<Committed | FailedOutcome> {
    if (!written) return { outcome: 'BAD_DATA' };
    for (let sent = 1; ; sent += 1) {
      const query = sentNow(written, this.#bounds());
      try {
        const { committed } = await this.database.commit<{ committed: readonly (string | number)[] }>(query);
        this.#batchSeq = position.batchSeq;
        // The time, and then the latency histogram.
        const [createdAtMs, ...latency] = committed.map(Number) as [number, ...number[]];
        return { outcome: 'COMMITTED', createdAtMs, latency };
      } catch (error) {
        const failure = classifyFailure(error);
        if (failure.outcome !== 'SEND_AGAIN' || sent > sendAgainMax || isLate(plan)) {
          this.log.debug({ err: error, ...failure }, 'a call failed');
          return failure;
        }
        await sleep(Math.random() * 5 * sent);
      }
    }
  }

  /** The ledger was asked where the chain stands. Memory and answers would vouch for payments that it has lost. */
  stands(batchSeq: number): void {
    if (batchSeq < this.#batchSeq) throw new LedgerWentBack(`from batch ${this.#batchSeq} to ${batchSeq}`);
    this.#batchSeq = batchSeq;
  }

  /** The latest time that may be written into the ledger now, by the database's clock. */
  createdMaxMs(): number {
    return this.database.nowMs() + writtenAheadMaxMs;
  }

  /** Of a call that is sent now, by the database's clock: the latest time at which it commits, and the latest that it writes. */
  #bounds(): { notAfterMs: number; createdMaxMs: number } {
    return { notAfterMs: this.database.latestMs() + callNotAfterMs, createdMaxMs: this.createdMaxMs() };
  }
}

/** Some command of the plan is out of time: the call is not sent once more. */
function isLate(plan: BatchPlan): boolean {
  const now = performance.now();
  return plan.commands.some(({ pending }) => pending.deadlineAt <= now);
}
