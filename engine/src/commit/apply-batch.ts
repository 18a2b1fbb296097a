import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { type BatchFigures, latencyBoundsMs } from '../contract/events.js';
import { failureCategories } from '../contract/rejection.js';
import { ArrayLiteral, plainArray } from './array-literal.js';
import { merkleRoot } from './merkle.js';
import type { BatchPlan, PlannedStatusChange, PlannedTransaction } from './plan/batch-plan.js';
import type { TouchedWallet } from './plan/working-copy.js';

/** Where a call stands in its engine's chain, and the partitions it commits for. */
export interface CallPosition {
  readonly workerId: string;
  readonly batchSeq: number;
  /** Epochs held of the partitions the plan's commands belong to. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly processingAtMs: number;
}

// One entry a parameter, in the order of apply_batch's signature. Arrays travel as literals, so their types must be said.
// biome-ignore format: grouped as the signature is
const parameterTypes = [
  'uuid', 'int8', 'int2[]', 'int8[]',
  'uuid[]', 'numeric[]', 'numeric[]', 'int4[]', 'wallet_status[]', 'wallet_status[]',
  'uuid[]', 'transaction_kind[]', 'transaction_status[]', 'uuid[]', 'text[]', 'text[]',
  'uuid[]', 'uuid[]', 'uuid[]', 'numeric[]', 'text[]',
  'int4[]', 'numeric[]', 'int4[]', 'int4[]', 'numeric[]', 'int4[]',
  'text[]', 'text[]', 'jsonb[]', 'int2[]', 'int8[]', 'int4[]', 'int8',
  'text[]', 'text[]', 'text[]', 'text[]', 'text[]', 'jsonb[]', 'jsonb', 'int4[]', 'bytea',
];

const text =
  'SELECT created_ms, latency FROM apply_batch(' +
  parameterTypes.map((type, i) => `$${i + 1}::${type}`).join(', ') +
  ')';

/** The one database call that commits a plan. */
export function applyBatchCall(plan: BatchPlan, figures: BatchFigures, position: CallPosition): QueryConfig {
  // Sorted, so that concurrent calls lock rows in one order.
  const walletIds = [...plan.touched.keys()].sort();
  const places = new Map(walletIds.map((walletId, i) => [walletId, i + 1]));
  return {
    name: 'apply_batch',
    text,
    values: [
      position.workerId,
      position.batchSeq,
      plainArray(position.epochs.keys()),
      plainArray(position.epochs.values()),
      plainArray(walletIds),
      ...walletColumns(plan, walletIds),
      ...transactionColumns(plan, places),
      position.processingAtMs,
      ...failureColumns(plan.transactions),
      ...statusChangeColumns(plan.statusChanges),
      JSON.stringify(figures),
      latencyBounds,
      merkleRoot(plan.transactions.map(leafText)),
    ],
  };
}

function walletColumns(plan: BatchPlan, walletIds: readonly string[]): string[] {
  const [delta, dip, entries, from, to] = columns(5);
  for (const walletId of walletIds) {
    const wallet = plan.touched.get(walletId) as TouchedWallet;
    delta.money(wallet.delta);
    dip.money(wallet.dip);
    entries.plain(wallet.entries);
    from.plain(wallet.statusBefore);
    to.plain(wallet.state.status);
  }
  return [delta, dip, entries, from, to].map(String);
}

function transactionColumns({ transactions, touched }: BatchPlan, places: ReadonlyMap<string, number>): string[] {
  const [id, kind, status, keyDigest, caller, key, requestHash, sender, receiver, amount, currency] = columns(11);
  const [senderIx, senderLater, senderLaterEntries, receiverIx, receiverLater, receiverLaterEntries] = columns(6);
  const [reference, description, metadata, partition, initiatedAt, failureIx] = columns(6);
  let failures = 0;
  for (const t of transactions) {
    id.plain(t.transactionId);
    kind.plain(t.terms.kind);
    keyDigest.plain(t.keyDigest);
    caller.text(t.caller);
    key.text(t.idempotencyKey);
    requestHash.plain(t.requestHash);
    sender.plain(t.senderWalletId);
    receiver.plain(t.receiverWalletId);
    amount.money(t.amount);
    currency.plain(t.terms.currency);
    reference.text(t.terms.reference);
    description.text(t.terms.description);
    metadata.text(t.terms.metadata);
    partition.plain(t.partition);
    initiatedAt.plain(t.initiatedAtMs);
    if (t.outcome.type === 'REFUSED') {
      failures += 1;
      status.plain('FAILED');
      failureIx.plain(failures);
      for (const column of [
        senderIx,
        senderLater,
        senderLaterEntries,
        receiverIx,
        receiverLater,
        receiverLaterEntries,
      ]) {
        column.plain(null);
      }
    } else {
      const from = touched.get(t.senderWalletId) as TouchedWallet;
      const to = touched.get(t.receiverWalletId) as TouchedWallet;
      status.plain('SUCCESS');
      failureIx.plain(null);
      senderIx.plain(places.get(t.senderWalletId) as number);
      senderLater.money(from.delta - t.outcome.senderDelta);
      senderLaterEntries.plain(from.entries - t.outcome.senderEntries);
      receiverIx.plain(places.get(t.receiverWalletId) as number);
      receiverLater.money(to.delta - t.outcome.receiverDelta);
      receiverLaterEntries.plain(to.entries - t.outcome.receiverEntries);
    }
  }
  return [
    id,
    kind,
    status,
    keyDigest,
    caller,
    key,
    requestHash,
    sender,
    receiver,
    amount,
    currency,
    senderIx,
    senderLater,
    senderLaterEntries,
    receiverIx,
    receiverLater,
    receiverLaterEntries,
    reference,
    description,
    metadata,
    partition,
    initiatedAt,
    failureIx,
  ].map(String);
}

function failureColumns(transactions: readonly PlannedTransaction[]): string[] {
  const [code, reason, category] = columns(3);
  for (const { outcome } of transactions) {
    if (outcome.type !== 'REFUSED') continue;
    code.plain(outcome.code);
    reason.text(outcome.reason);
    category.plain(failureCategories[outcome.code]);
  }
  return [code, reason, category].map(String);
}

function statusChangeColumns(changes: readonly PlannedStatusChange[]): string[] {
  const [caller, wallet, detail] = columns(3);
  for (const { caller: by, walletId, from, to, reason } of changes) {
    caller.text(by);
    wallet.plain(walletId);
    detail.text(JSON.stringify({ from, to, reason }));
  }
  return [caller, wallet, detail].map(String);
}

function columns<Count extends number>(count: Count): Columns<Count> {
  return Array.from({ length: count }, () => new ArrayLiteral()) as Columns<Count>;
}

type Columns<Count extends number, Made extends ArrayLiteral[] = []> = Made['length'] extends Count
  ? Made
  : Columns<Count, [...Made, ArrayLiteral]>;

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
