import type { QueryConfig } from 'pg';
import { type BatchFigures, latencyBoundsMs } from '../contract/events.js';
import { refusalCategories } from '../contract/rejection.js';
import {
  applyBatch,
  atomicBatchParameters,
  failureParameters,
  keyParameters,
  transactionParameters,
  walletParameters,
} from './apply-batch-signature.js';
import { plainArray } from './array-literal.js';
import { changeLeaf, transactionLeaf } from './leaves.js';
import { merkleRoot } from './merkle.js';
import type { BatchPlan, PlannedCommand, PlannedTransaction } from './plan/batch-plan.js';
import type { TouchedWallet } from './plan/working-copy.js';
import { arrayColumns } from './sql-function.js';

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
  const places = new Map(walletIds.map((walletId, i) => [walletId, i + 1]));
  return applyBatch.call({
    p_worker_id: position.workerId,
    p_seq: position.batchSeq,
    p_not_after_ms: position.notAfterMs,
    p_created_max_ms: position.createdMaxMs,
    p_partitions: plainArray(position.epochs.keys()),
    p_epochs: plainArray(position.epochs.values()),
    ...keyColumns(plan.commands),
    ...walletColumns(plan, walletIds),
    ...transactionColumns(plan, places),
    p_processing_ms: position.processingAtMs,
    ...failureColumns(plan.transactions),
    ...atomicBatchColumns(plan.commands),
    p_changes: plan.statusChanges.length > 0 ? JSON.stringify(plan.statusChanges) : null,
    p_figures: JSON.stringify(figures),
    p_latency_bounds_ms: latencyBounds,
    p_merkle_root: merkleRoot([
      ...plan.transactions.map((t) => transactionLeaf(t, position.processingAtMs)),
      ...plan.statusChanges.map(changeLeaf),
    ]),
  });
}

/** Sorted, so that calls with the same keys wait for each other in one order. */
function keyColumns(commands: readonly PlannedCommand[]) {
  const columns = arrayColumns(keyParameters);
  const { k_digest, k_request_hash, k_kind, k_outcome } = columns;
  const sorted = [...commands].sort((a, b) => (a.pending.command.keyDigest < b.pending.command.keyDigest ? -1 : 1));
  for (const { pending, kind, outcomeId } of sorted) {
    k_digest.plain(pending.command.keyDigest);
    k_request_hash.plain(pending.command.requestHash);
    k_kind.plain(kind);
    k_outcome.plain(outcomeId);
  }
  return columns;
}

/** The same call, once more: what it says of the time at which it is sent is true again. */
export function sentAgain(
  call: QueryConfig,
  { notAfterMs, createdMaxMs }: Pick<CallPosition, 'notAfterMs' | 'createdMaxMs'>,
) {
  return applyBatch.changed(call, { p_not_after_ms: notAfterMs, p_created_max_ms: createdMaxMs });
}

function walletColumns(plan: BatchPlan, walletIds: readonly string[]) {
  const columns = arrayColumns(walletParameters);
  const { w_id, w_delta, w_dip, w_entries, w_status_from, w_status_to } = columns;
  for (const walletId of walletIds) {
    const wallet = plan.touched.get(walletId) as TouchedWallet;
    w_id.plain(walletId);
    w_delta.money(wallet.delta);
    w_dip.money(wallet.dip);
    w_entries.plain(wallet.entries);
    w_status_from.plain(wallet.statusBefore);
    w_status_to.plain(wallet.state.status);
  }
  return columns;
}

function transactionColumns({ transactions, touched }: BatchPlan, places: ReadonlyMap<string, number>) {
  const columns = arrayColumns(transactionParameters);
  // Taken out once: looked up in the object, each would cost more than its element.
  const { t_id, t_kind, t_caller, t_key, t_request_hash, t_failure_ix } = columns;
  const { t_sender, t_sender_ix, t_sender_later, t_sender_later_entries } = columns;
  const { t_receiver, t_receiver_ix, t_receiver_later, t_receiver_later_entries } = columns;
  const { t_amount, t_currency, t_reference, t_description, t_metadata, t_parent, t_partition, t_initiated_ms } =
    columns;
  let failures = 0;
  for (const t of transactions) {
    const { terms, outcome } = t;
    t_id.plain(t.transactionId);
    t_kind.plain(terms.kind);
    t_caller.text(t.caller);
    t_key.text(t.idempotencyKey);
    t_request_hash.plain(t.requestHash);
    t_sender.plain(t.senderWalletId);
    t_receiver.plain(t.receiverWalletId);
    t_amount.money(t.amount);
    t_currency.plain(terms.currency);
    t_reference.text(terms.reference);
    t_description.text(terms.description);
    t_metadata.text(terms.metadata);
    t_parent.plain(terms.parentTransactionId ?? null);
    t_partition.plain(t.partition);
    t_initiated_ms.plain(t.initiatedAtMs);
    if (outcome.type === 'REFUSED') {
      failures += 1;
      t_failure_ix.plain(failures);
      t_sender_ix.plain(null);
      t_sender_later.plain(null);
      t_sender_later_entries.plain(null);
      t_receiver_ix.plain(null);
      t_receiver_later.plain(null);
      t_receiver_later_entries.plain(null);
    } else {
      const from = touched.get(t.senderWalletId) as TouchedWallet;
      const to = touched.get(t.receiverWalletId) as TouchedWallet;
      t_failure_ix.plain(null);
      t_sender_ix.plain(places.get(t.senderWalletId) as number);
      t_sender_later.money(from.delta - outcome.senderDelta);
      t_sender_later_entries.plain(from.entries - outcome.senderEntries);
      t_receiver_ix.plain(places.get(t.receiverWalletId) as number);
      t_receiver_later.money(to.delta - outcome.receiverDelta);
      t_receiver_later_entries.plain(to.entries - outcome.receiverEntries);
    }
  }
  return columns;
}

function failureColumns(transactions: readonly PlannedTransaction[]) {
  const columns = arrayColumns(failureParameters);
  for (const { outcome } of transactions) {
    if (outcome.type !== 'REFUSED') continue;
    columns.f_code.plain(outcome.code);
    columns.f_reason.text(outcome.reason);
    columns.f_category.plain(refusalCategories[outcome.code]);
  }
  return columns;
}

/** Where each atomic batch begins among the transactions, from 1. */
function atomicBatchColumns(commands: readonly PlannedCommand[]) {
  const columns = arrayColumns(atomicBatchParameters);
  for (const { kind, first, count } of commands) {
    if (kind !== 'ATOMIC_BATCH') continue;
    columns.b_first.plain(first + 1);
    columns.b_count.plain(count);
  }
  return columns;
}

const latencyBounds = plainArray(latencyBoundsMs);
