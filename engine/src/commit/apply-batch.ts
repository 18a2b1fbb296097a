import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { type BatchFigures, latencyBoundsMs } from '../contract/events.js';
import { formatDecimal } from '../contract/money.js';
import { failureCategories } from '../contract/rejection.js';
import { plainArray, textArray } from './array-literal.js';
import { merkleRoot } from './merkle.js';
import type { BatchPlan, PlannedTransaction } from './plan-batch.js';

/** Where a call stands in its worker's chain, and the partitions it commits for. */
export interface CallPosition {
  readonly workerId: string;
  readonly batchSeq: number;
  /** Epochs held of the partitions the plan's commands belong to. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly processingAtMs: number;
}

// One entry a parameter, in the order of apply_batch's signature; `::text::…` lets every array travel as a literal.
const parameterTypes = [
  'uuid', 'int8', 'int2[]', 'int8[]',
  'uuid[]', 'numeric[]', 'numeric[]', 'int4[]', 'wallet_status[]', 'wallet_status[]',
  'uuid[]', 'transaction_kind[]', 'transaction_status[]', 'uuid[]', 'text[]', 'text[]',
  'uuid[]', 'uuid[]', 'uuid[]', 'numeric[]', 'text[]',
  'int4[]', 'numeric[]', 'int4[]', 'int4[]', 'numeric[]', 'int4[]',
  'text[]', 'text[]', 'jsonb[]', 'int2[]', 'int8[]', 'int4[]', 'int8',
  'text[]', 'text[]', 'text[]', 'text[]', 'text[]', 'jsonb[]', 'jsonb', 'int4[]', 'bytea',
]; // biome-ignore format: grouped as the signature is

const text =
  'SELECT created_ms, latency FROM apply_batch(' +
  parameterTypes.map((type, i) => `$${i + 1}::${type}`).join(', ') +
  ')';

/** The one database call that commits a plan. */
export function applyBatchCall(plan: BatchPlan, figures: BatchFigures, position: CallPosition): QueryConfig {
  const { transactions, statusChanges } = plan;
  // Sorted, so that concurrent calls lock rows in one order.
  const walletIds = [...plan.touched.keys()].sort();
  const wallets = walletIds.map((walletId) => plan.touched.get(walletId) as NonNullable<ReturnType<typeof plan.touched.get>>);
  const place = new Map(walletIds.map((walletId, i) => [walletId, i]));

  const senderIx: (number | null)[] = [];
  const senderLater: (string | null)[] = [];
  const senderLaterEntries: (number | null)[] = [];
  const receiverIx: (number | null)[] = [];
  const receiverLater: (string | null)[] = [];
  const receiverLaterEntries: (number | null)[] = [];
  const failureIx: (number | null)[] = [];
  const failures: Extract<PlannedTransaction['outcome'], { type: 'REFUSED' }>[] = [];
  for (const { outcome, senderWalletId, receiverWalletId } of transactions) {
    if (outcome.type === 'REFUSED') {
      failures.push(outcome);
      failureIx.push(failures.length);
      for (const column of [senderIx, senderLaterEntries, receiverIx, receiverLaterEntries]) column.push(null);
      senderLater.push(null);
      receiverLater.push(null);
      continue;
    }
    const from = place.get(senderWalletId) as number;
    const to = place.get(receiverWalletId) as number;
    const sender = wallets[from] as (typeof wallets)[number];
    const receiver = wallets[to] as (typeof wallets)[number];
    failureIx.push(null);
    senderIx.push(from + 1);
    senderLater.push(formatDecimal(sender.delta - outcome.senderDelta));
    senderLaterEntries.push(sender.entries - outcome.senderEntries);
    receiverIx.push(to + 1);
    receiverLater.push(formatDecimal(receiver.delta - outcome.receiverDelta));
    receiverLaterEntries.push(receiver.entries - outcome.receiverEntries);
  }

  return {
    name: 'apply_batch',
    text,
    values: [
      position.workerId,
      position.batchSeq,
      plainArray([...position.epochs.keys()]),
      plainArray([...position.epochs.values()]),
      plainArray(walletIds),
      plainArray(wallets.map((w) => formatDecimal(w.delta))),
      plainArray(wallets.map((w) => formatDecimal(w.dip))),
      plainArray(wallets.map((w) => w.entries)),
      plainArray(wallets.map((w) => w.statusBefore)),
      plainArray(wallets.map((w) => w.state.status)),
      plainArray(transactions.map((t) => t.transactionId)),
      plainArray(transactions.map((t) => t.kind)),
      plainArray(transactions.map((t) => (t.outcome.type === 'REFUSED' ? 'FAILED' : 'SUCCESS'))),
      plainArray(transactions.map((t) => t.keyDigest)),
      textArray(transactions.map((t) => t.caller)),
      textArray(transactions.map((t) => t.idempotencyKey)),
      plainArray(transactions.map((t) => t.requestHash)),
      plainArray(transactions.map((t) => t.senderWalletId)),
      plainArray(transactions.map((t) => t.receiverWalletId)),
      plainArray(transactions.map((t) => formatDecimal(t.amount))),
      plainArray(transactions.map((t) => t.currency)),
      plainArray(senderIx),
      plainArray(senderLater),
      plainArray(senderLaterEntries),
      plainArray(receiverIx),
      plainArray(receiverLater),
      plainArray(receiverLaterEntries),
      textArray(transactions.map((t) => t.reference)),
      textArray(transactions.map((t) => t.description)),
      textArray(transactions.map((t) => t.metadata)),
      plainArray(transactions.map((t) => t.partition)),
      plainArray(transactions.map((t) => t.initiatedAtMs)),
      plainArray(failureIx),
      position.processingAtMs,
      plainArray(failures.map((f) => f.code)),
      textArray(failures.map((f) => f.reason)),
      plainArray(failures.map((f) => failureCategories[f.code])),
      textArray(statusChanges.map((s) => s.caller)),
      plainArray(statusChanges.map((s) => s.walletId)),
      textArray(statusChanges.map((s) => JSON.stringify({ from: s.from, to: s.to, reason: s.reason }))),
      JSON.stringify(figures),
      latencyBounds,
      merkleRoot(transactions.map(leafText)),
    ],
  };
}

const latencyBounds = plainArray(latencyBoundsMs);

/** The canonical text of a transaction: everything about it that is known before the commit. */
function leafText(t: PlannedTransaction): string {
  const failed = t.outcome.type === 'REFUSED';
  return (
    `${t.transactionId}|${t.kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${t.currency}|` +
    `${failed ? 'FAILED' : 'SUCCESS'}|${t.outcome.type === 'REFUSED' ? t.outcome.code : ''}|${t.keyDigest}|${t.requestHash}|` +
    `${t.metadata === null ? '' : hash('sha256', t.metadata, 'hex')}`
  );
}
