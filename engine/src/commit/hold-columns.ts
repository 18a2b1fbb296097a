import { holdParameters, limitParameters, newHoldParameters, refundParameters } from './apply-batch-signature.js';
import type { ArrayColumn } from './array-column.js';
import { plainArray } from './array-literal.js';
import type { BatchPlan } from './plan/batch-plan.js';
import type { TouchedHold, TouchedOriginal, TouchedWallet } from './plan/working-copy.js';
import { arrayColumns } from './sql-function.js';

/** New holds, and those that change, as arguments of the call. */
export function holdColumns({ holds, transactions }: BatchPlan) {
  if (holds.size === 0) return noHolds;
  const made = arrayColumns(newHoldParameters, 0);
  const changed = arrayColumns(holdParameters, 0);
  const statuses: string[] = [];
  const places = new Map(transactions.map(({ transactionId }, i) => [transactionId, i + 1]));
  // Sorted, as all rows are that a call changes.
  for (const holdId of [...holds.keys()].sort()) {
    const { before, state } = holds.get(holdId) as TouchedHold;
    if (before === null) {
      // Nobody knows a hold before it is committed: it is as it was made.
      made.n_first.int4(places.get(holdId) as number);
      made.n_expires_ms.int8(state.expiresAtMs);
      continue;
    }
    changed.h_id.uuid(holdId);
    changed.h_captures_from.int4(before.captures);
    changed.h_captured.money(state.captured);
    changed.h_captures.int4(state.captures);
    statuses.push(state.status);
  }
  return {
    ...orNulls(made),
    ...orNulls(changed),
    h_status: statuses.length === 0 ? null : plainArray(statuses),
  };
}

/** What is paid back, as arguments of the call. */
export function refundColumns({ originals }: BatchPlan) {
  if (originals.size === 0) return noRefunds;
  const columns = arrayColumns(refundParameters, originals.size);
  for (const id of [...originals.keys()].sort()) {
    const { before, state } = originals.get(id) as TouchedOriginal;
    columns.r_id.uuid(id);
    columns.r_amount.money(state.amount);
    columns.r_refunds_from.int4(before.refunds);
    columns.r_refunded.money(state.refunded);
    columns.r_refunds.int4(state.refunds);
  }
  return orNulls(columns);
}

/** Changes of limits, as arguments of the call. */
export function limitColumns(wallets: readonly TouchedWallet[]) {
  if (!wallets.some(({ hasNewLimits }) => hasNewLimits)) return noLimitChanges;
  const columns = arrayColumns(limitParameters, 0);
  const { l_wallet_ix, l_floor, l_per_payment, l_daily_out, l_daily_in } = columns;
  for (const { state, place, hasNewLimits } of wallets) {
    if (!hasNewLimits) continue;
    const { perPayment, dailyOut, dailyIn } = state.limits;
    l_wallet_ix.int4(place);
    l_floor.money(state.floor as bigint);
    moneyOrNull(l_per_payment, perPayment);
    moneyOrNull(l_daily_out, dailyOut);
    moneyOrNull(l_daily_in, dailyIn);
  }
  return orNulls(columns);
}

function moneyOrNull(column: ArrayColumn, amount: bigint | null): void {
  if (amount === null) column.null();
  else column.money(amount);
}

/** NULL stands for all of them where there is nothing of the kind. */
function orNulls<Name extends string>(columns: Record<Name, ArrayColumn>) {
  const all = Object.entries<ArrayColumn>(columns);
  const isEmpty = all.every(([, column]) => column.isEmpty);
  return Object.fromEntries(all.map(([name, column]) => [name, isEmpty ? null : column])) as Record<
    Name,
    ArrayColumn | null
  >;
}

const noHolds = {
  ...{ n_first: null, n_expires_ms: null },
  ...{ h_id: null, h_captures_from: null, h_captured: null, h_captures: null, h_status: null },
};
const noRefunds = { r_id: null, r_amount: null, r_refunds_from: null, r_refunded: null, r_refunds: null };
const noLimitChanges = { l_wallet_ix: null, l_floor: null, l_per_payment: null, l_daily_out: null, l_daily_in: null };
