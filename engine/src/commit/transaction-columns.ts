import type { TransactionKind } from '../contract/transaction-kind.js';
import { groupParameters, transactionParameters } from './apply-batch-signature.js';
import { plainArray } from './array-literal.js';
import type { BatchPlan, PlannedTransaction } from './plan/batch-plan.js';
import { arrayColumns } from './sql-function.js';

/** A batch's transactions as arguments of the call; its wallets have their places in it. */
export function transactionColumns({ transactions }: BatchPlan) {
  const columns = arrayColumns(transactionParameters, transactions.length);
  // Taken out once: looked up in the object, each would cost more than its element.
  const { t_id, t_key, t_request_hash, t_amount, t_partition, t_initiated_ms, t_group, t_failure_ix } = columns;
  const { t_sender, t_sender_ix, t_sender_later, t_sender_later_entries } = columns;
  const { t_receiver, t_receiver_ix, t_receiver_later, t_receiver_later_entries } = columns;
  const { t_reference, t_description, t_metadata, t_parent, t_effective_ms, t_released } = columns;
  const groups = new Groups();
  let failures = 0;
  let later = false;
  for (const t of transactions) {
    const { terms, outcome } = t;
    const { reference, description, metadata, parentTransactionId, effectiveAtMs } = terms;
    t_id.uuid(t.transactionId);
    t_key.text(t.idempotencyKey);
    t_request_hash.uuid(t.requestHash);
    t_amount.money(t.amount);
    t_partition.int2(t.partition);
    t_initiated_ms.int8(t.initiatedAtMs);
    t_group.int2(groups.placeOf(t));
    if (reference === null) t_reference.null();
    else t_reference.text(reference);
    if (description === null) t_description.null();
    else t_description.text(description);
    if (metadata === null) t_metadata.null();
    else t_metadata.jsonb(metadata);
    if (parentTransactionId === undefined) t_parent.null();
    else t_parent.uuid(parentTransactionId);
    if (effectiveAtMs === undefined) t_effective_ms.null();
    else t_effective_ms.int8(effectiveAtMs);
    if (t.released === undefined) t_released.null();
    else t_released.money(t.released);
    if (outcome.type === 'REFUSED') {
      failures += 1;
      t_failure_ix.int4(failures);
    } else {
      t_failure_ix.null();
    }
    if (outcome.type !== 'POSTED') {
      t_sender.uuid(t.senderWalletId);
      t_receiver.uuid(t.receiverWalletId);
      t_sender_ix.null();
      t_sender_later.null();
      t_sender_later_entries.null();
      t_receiver_ix.null();
      t_receiver_later.null();
      t_receiver_later_entries.null();
    } else {
      const { from, to } = outcome;
      const senderLater = from.entries - outcome.senderEntries;
      const receiverLater = to.entries - outcome.receiverEntries;
      later ||= senderLater > 0 || receiverLater > 0;
      t_sender.null();
      t_receiver.null();
      t_sender_ix.int4(from.place);
      t_sender_later.moneyUnless(from.delta - outcome.senderDelta, 0n);
      t_sender_later_entries.int4(senderLater);
      t_receiver_ix.int4(to.place);
      t_receiver_later.moneyUnless(to.delta - outcome.receiverDelta, 0n);
      t_receiver_later_entries.int4(receiverLater);
    }
  }
  return {
    ...columns,
    ...groups.columns(),
    t_group: groups.size > 1 ? t_group : null,
    t_sender: t_sender.orNull(),
    t_receiver: t_receiver.orNull(),
    ...(later ? {} : nothingLater),
    t_reference: t_reference.orNull(),
    t_description: t_description.orNull(),
    t_metadata: t_metadata.orNull(),
    t_parent: t_parent.orNull(),
    t_effective_ms: t_effective_ms.orNull(),
    t_released: t_released.orNull(),
    t_failure_ix: t_failure_ix.orNull(),
  };
}

const nothingLater = {
  ...{ t_sender_later: null, t_sender_later_entries: null },
  ...{ t_receiver_later: null, t_receiver_later_entries: null },
};

/** The kinds, callers and currencies of a batch's transactions, each combination once. */
class Groups {
  readonly #kinds: TransactionKind[] = [];
  readonly #members: PlannedTransaction[] = [];
  readonly #places = new Map<string, number>();
  #place = 0;

  get size(): number {
    return this.#members.length;
  }

  /** From 1. */
  placeOf(t: PlannedTransaction): number {
    const last = this.#members[this.#place - 1];
    const { kind, currency } = t.terms;
    // Most calls hold one, and most neighbours are of one.
    if (last && last.caller === t.caller && last.terms.kind === kind && last.terms.currency === currency)
      return this.#place;
    const name = `${kind} ${currency} ${t.caller}`;
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#members.push(t);
      this.#kinds.push(kind);
      this.#places.set(name, place);
    }
    this.#place = place;
    return place;
  }

  columns() {
    const { g_caller, g_currency } = arrayColumns(groupParameters, this.size);
    for (const { caller, terms } of this.#members) {
      g_caller.text(caller);
      g_currency.text(terms.currency);
    }
    return { g_kind: plainArray(this.#kinds), g_caller, g_currency };
  }
}
