import type { RecordedTransaction } from '../contract/commands.js';
import { type BatchCommitted, type BatchFigures, eventSampleMax, type SampledTransaction } from '../contract/events.js';
import type { TransactionKind } from '../contract/transaction-kind.js';
import type { CallPosition } from './apply-batch.js';
import type { BatchPlan, PlannedTransaction } from './plan/batch-plan.js';

/** A batch that is in the ledger, ready to be told. */
export interface CommittedBatch {
  readonly plan: BatchPlan;
  /** The plan's, as the ledger has them. */
  readonly transactions: readonly RecordedTransaction[];
  readonly event: BatchCommitted;
}

export function committedBatch(
  plan: BatchPlan,
  { workerId, batchSeq, processingAtMs }: CallPosition,
  figures: BatchFigures,
  createdAtMs: number,
  latency: number[],
): CommittedBatch {
  const transactions = plan.transactions.map((t): RecordedTransaction => {
    const refusal = t.outcome.type === 'REFUSED' ? t.outcome : null;
    const recorded: RecordedTransaction = {
      transactionId: t.transactionId,
      status: refusal ? 'FAILED' : 'SUCCESS',
      failureCode: refusal?.code ?? null,
      failureReason: refusal?.reason ?? null,
      senderWalletId: t.senderWalletId,
      receiverWalletId: t.receiverWalletId,
      partition: t.partition,
      batchSeq,
      initiatedAtMs: t.initiatedAtMs,
      processingAtMs,
      createdAtMs,
    };
    return saysMore[t.terms.kind] ? withMore(recorded, t, plan) : recorded;
  });
  const sample = plan.transactions.slice(0, eventSampleMax).map((t) => sampled(t, createdAtMs));
  return {
    plan,
    transactions,
    event: { workerId, batchSeq, committedAtMs: createdAtMs, figures, latency, sample },
  };
}

/** Kinds whose command does not say all that their transaction does. */
export const saysMore: Readonly<Partial<Record<TransactionKind, true>>> = {
  ...{ HOLD: true, CAPTURE: true, VOID: true, EXPIRY: true, REFUND: true, REVERSAL: true },
};

function withMore(
  recorded: RecordedTransaction,
  { transactionId, terms, released }: PlannedTransaction,
  { holds }: BatchPlan,
) {
  if (terms.kind === 'HOLD') {
    const hold = holds.get(transactionId);
    if (hold) recorded.expiresAtMs = hold.state.expiresAtMs;
    return recorded;
  }
  recorded.terms = terms;
  if (released !== undefined) recorded.released = released.toString();
  return recorded;
}

function sampled(t: PlannedTransaction, createdAtMs: number): SampledTransaction {
  return {
    transactionId: t.transactionId,
    kind: t.terms.kind,
    status: t.outcome.type === 'REFUSED' ? 'FAILED' : 'SUCCESS',
    failureCode: t.outcome.type === 'REFUSED' ? t.outcome.code : null,
    senderWalletId: t.senderWalletId,
    receiverWalletId: t.receiverWalletId,
    amount: t.terms.amount,
    currency: t.terms.currency,
    latencyMs: Math.max(0, createdAtMs - t.initiatedAtMs),
  };
}
