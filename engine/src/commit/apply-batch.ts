import type { QueryConfig } from 'pg';
import { type BatchFigures, latencyBoundsMs } from '../contract/events.js';
import { refusalCategories } from '../contract/rejection.js';
import type { HoldState } from '../ledger/hold-state.js';
import {
  applyBatch,
  atomicBatchParameters,
  failureParameters,
  keyParameters,
  walletParameters,
} from './apply-batch-signature.js';
import { ArrayColumn } from './array-column.js';
import { plainArray } from './array-literal.js';
import { holdColumns, limitColumns, refundColumns } from './hold-columns.js';
import { changeLeaf, transactionLeaf } from './leaves.js';
import { merkleRoot } from './merkle.js';
import type { BatchPlan, PlannedCommand, PlannedTransaction } from './plan/batch-plan.js';
import type { TouchedWallet } from './plan/working-copy.js';
import { arrayColumns } from './sql-function.js';
import { transactionColumns } from './transaction-columns.js';

/** Where a call stands in its engine's chain, and the partitions it commits for. */
export interface CallPosition {
  readonly workerId: string;
  readonly batchSeq: number;
  /** Epochs held of the partitions the plan's commands belong to. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly processingAtMs: number;
  /** By the database's clock: the latest time at which it may be committed, and the latest that may be written into it. */
  readonly notAfterMs: number;
  readonly createdMaxMs: number;
}

/** The one database call that commits a plan. */
export function applyBatchCall(plan: BatchPlan, figures: BatchFigures, position: CallPosition): QueryConfig {
  // Sorted, so that concurrent calls lock rows in one order.
  const walletIds = [...plan.touched.keys()].sort();
  const wallets = walletIds.map((walletId) => plan.touched.get(walletId) as TouchedWallet);
  for (const [i, wallet] of wallets.entries()) wallet.place = i + 1;
  return applyBatch.call({
    p_worker_id: position.workerId,
    p_seq: position.batchSeq,
    p_not_after_ms: position.notAfterMs,
    p_created_max_ms: position.createdMaxMs,
    p_processing_ms: position.processingAtMs,
    p_day: plan.day,
    ...epochColumns(position.epochs),
    ...keyColumns(plan.commands),
    ...walletColumns(walletIds, wallets, plan.holds.size > 0),
    ...limitColumns(wallets),
    ...transactionColumns(plan),
    ...failureColumns(plan.transactions),
    ...holdColumns(plan),
    ...refundColumns(plan),
    ...atomicBatchColumns(plan.commands),
    p_changes: plan.changes.length > 0 ? JSON.stringify(plan.changes) : null,
    p_figures: JSON.stringify(
      plan.tracedReversals.length > 0 ? { ...figures, reversals: plan.tracedReversals } : figures,
    ),
    p_latency_bounds_ms: latencyBounds,
    p_merkle_root: merkleRoot([
      ...plan.transactions.map((t) => transactionLeaf(t, position.processingAtMs, newHold(plan, t)?.expiresAtMs)),
      ...plan.changes.map(changeLeaf),
    ]),
  });
}

/** The same call, however long ago it was written: what it says of the time at which it is sent is true again. */
export function sentNow(
  call: QueryConfig,
  { notAfterMs, createdMaxMs }: Pick<CallPosition, 'notAfterMs' | 'createdMaxMs'>,
) {
  return applyBatch.changed(call, { p_not_after_ms: notAfterMs, p_created_max_ms: createdMaxMs });
}

/** Each epoch stands at the place of its partition. */
function epochColumns(epochs: ReadonlyMap<number, number>) {
  const partitions = [...epochs.keys()];
  const places = Math.max(...partitions) + 1;
  const p_epochs = new ArrayColumn('int8[]', places);
  for (let partition = 0; partition < places; partition++) {
    const epoch = epochs.get(partition);
    if (epoch === undefined) p_epochs.null();
    else p_epochs.int8(epoch);
  }
  return { p_partitions: plainArray(partitions), p_epochs };
}

/** Sorted, so that calls with the same keys wait for each other in one order. */
function keyColumns(commands: readonly PlannedCommand[]) {
  const columns = arrayColumns(keyParameters, commands.length);
  const { k_digest, k_first, k_change, k_change_hash } = columns;
  const sorted = [...commands].sort((a, b) => (a.pending.command.keyDigest < b.pending.command.keyDigest ? -1 : 1));
  for (const { pending, kind, first, outcomeId } of sorted) {
    k_digest.uuid(pending.command.keyDigest);
    if (kind === 'CHANGE') {
      k_first.null();
      k_change.uuid(outcomeId);
      k_change_hash.uuid(pending.command.requestHash);
    } else {
      k_first.int4(first + 1);
      k_change.null();
      k_change_hash.null();
    }
  }
  return { ...columns, k_change: k_change.orNull(), k_change_hash: k_change_hash.orNull() };
}

/**
 * `withHolds`: holds are made or changed, so what is held of wallets may be. What counts to the day's limits is told where the net
 * change does not tell it: of wallets that both sent and received, or whose holds changed.
 */
function walletColumns(walletIds: readonly string[], wallets: readonly TouchedWallet[], withHolds: boolean) {
  const columns = arrayColumns(walletParameters, walletIds.length);
  const { w_id, w_delta, w_dip, w_entries, w_held, w_out, w_out_peak, w_in, w_largest } = columns;
  for (const [i, wallet] of wallets.entries()) {
    w_id.uuid(walletIds[i] as string);
    w_delta.money(wallet.delta);
    w_dip.money(wallet.dip);
    w_entries.int4(wallet.entries);
    if (withHolds) w_held.money(wallet.held);
    w_out.moneyUnless(wallet.out, wallet.delta < 0n ? -wallet.delta : 0n);
    w_out_peak.moneyUnless(wallet.outPeak, wallet.out);
    w_in.moneyUnless(wallet.in, wallet.delta > 0n ? wallet.delta : 0n);
    w_largest.moneyUnless(wallet.largest, 0n);
  }
  const active = wallets.every(({ statusBefore, state }) => statusBefore === 'ACTIVE' && state.status === 'ACTIVE');
  return {
    ...columns,
    w_held: withHolds ? w_held : null,
    w_out: w_out.orNull(),
    w_out_peak: w_out_peak.orNull(),
    w_in: w_in.orNull(),
    w_largest: w_largest.orNull(),
    w_status_from: active ? null : plainArray(wallets.map(({ statusBefore }) => statusBefore)),
    w_status_to: active ? null : plainArray(wallets.map(({ state }) => state.status)),
  };
}

function failureColumns(transactions: readonly PlannedTransaction[]) {
  const columns = arrayColumns(failureParameters, 0);
  for (const { outcome } of transactions) {
    if (outcome.type !== 'REFUSED') continue;
    columns.f_code.text(outcome.code);
    columns.f_reason.text(outcome.reason);
    columns.f_category.text(refusalCategories[outcome.code]);
  }
  return {
    f_code: columns.f_code.orNull(),
    f_reason: columns.f_reason.orNull(),
    f_category: columns.f_category.orNull(),
  };
}

/** Where each atomic batch begins among the transactions, from 1. */
function atomicBatchColumns(commands: readonly PlannedCommand[]) {
  const { b_first, b_count } = arrayColumns(atomicBatchParameters, 0);
  for (const { kind, first, count } of commands) {
    if (kind !== 'ATOMIC_BATCH') continue;
    b_first.int4(first + 1);
    b_count.int4(count);
  }
  return { b_first: b_first.orNull(), b_count: b_count.orNull() };
}

const latencyBounds = plainArray(latencyBoundsMs);

function newHold({ holds }: BatchPlan, { transactionId, terms }: PlannedTransaction): HoldState | undefined {
  return terms.kind === 'HOLD' ? holds.get(transactionId)?.state : undefined;
}
