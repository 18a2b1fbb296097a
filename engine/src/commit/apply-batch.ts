import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { type BatchFigures, latencyBoundsMs } from '../contract/events.js';
import { refusalCategories } from '../contract/rejection.js';
import {
  applyBatch,
  changeParameters,
  failureParameters,
  transactionParameters,
  walletParameters,
} from './apply-batch-signature.js';
import { plainArray } from './array-literal.js';
import { merkleRoot } from './merkle.js';
import type { BatchPlan, PlannedStatusChange, PlannedTransaction } from './plan/batch-plan.js';
import type { TouchedWallet } from './plan/working-copy.js';
import { arrayColumns } from './sql-function.js';

/** Where a call stands in its engine's chain, and the partitions it commits for. */
export interface CallPosition {
  readonly workerId: string;
  readonly batchSeq: number;
  /** Epochs held of the partitions the plan's commands belong to. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly processingAtMs: number;
}

/** The one database call that commits a plan. */
export function applyBatchCall(plan: BatchPlan, figures: BatchFigures, position: CallPosition): QueryConfig {
  // Sorted, so that concurrent calls lock rows in one order.
  const walletIds = [...plan.touched.keys()].sort();
  const places = new Map(walletIds.map((walletId, i) => [walletId, i + 1]));
  return applyBatch.call({
    p_worker_id: position.workerId,
    p_seq: position.batchSeq,
    p_partitions: plainArray(position.epochs.keys()),
    p_epochs: plainArray(position.epochs.values()),
    ...walletColumns(plan, walletIds),
    ...transactionColumns(plan, places),
    p_processing_ms: position.processingAtMs,
    ...failureColumns(plan.transactions),
    ...changeColumns(plan.statusChanges),
    p_figures: JSON.stringify(figures),
    p_latency_bounds_ms: latencyBounds,
    p_merkle_root: merkleRoot(plan.transactions.map(leafText)),
  });
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
  const { t_id, t_kind, t_status, t_key_digest, t_caller, t_key, t_request_hash, t_failure_ix } = columns;
  const { t_sender, t_sender_ix, t_sender_later, t_sender_later_entries } = columns;
  const { t_receiver, t_receiver_ix, t_receiver_later, t_receiver_later_entries } = columns;
  const { t_amount, t_currency, t_reference, t_description, t_metadata, t_partition, t_initiated_ms } = columns;
  let failures = 0;
  for (const t of transactions) {
    const { terms, outcome } = t;
    t_id.plain(t.transactionId);
    t_kind.plain(terms.kind);
    t_key_digest.plain(t.keyDigest);
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
    t_partition.plain(t.partition);
    t_initiated_ms.plain(t.initiatedAtMs);
    if (outcome.type === 'REFUSED') {
      failures += 1;
      t_status.plain('FAILED');
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
      t_status.plain('SUCCESS');
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

function changeColumns(changes: readonly PlannedStatusChange[]) {
  const columns = arrayColumns(changeParameters);
  for (const { caller, walletId, from, to, reason } of changes) {
    columns.a_caller.text(caller);
    columns.a_wallet.plain(walletId);
    columns.a_detail.text(JSON.stringify({ from, to, reason }));
  }
  return columns;
}

const latencyBounds = plainArray(latencyBoundsMs);

/** The canonical text of a transaction: everything about it that is known before the commit. */
function leafText(t: PlannedTransaction): string {
  const failed = t.outcome.type === 'REFUSED';
  return (
    `${t.transactionId}|${t.terms.kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${t.terms.currency}|` +
    `${failed ? 'FAILED' : 'SUCCESS'}|${t.outcome.type === 'REFUSED' ? t.outcome.code : ''}|${t.keyDigest}|${t.requestHash}|` +
    `${t.terms.metadata === null ? '' : hash('sha256', t.terms.metadata, 'hex')}`
  );
}
