import { formatDecimal } from '@smart-wallet/engine/contract/money.js';
import type pg from 'pg';
import { array } from './array-text.js';
import type { LedgerTransaction } from './ledger-batch.js';
import type { TouchedWallet } from './touched-wallets.js';

/** Holds, and what was paid back of originals, as they were before a batch. */
export interface Parents {
  holds: Map<string, HoldBefore>;
  originals: Map<string, OriginalBefore>;
}

interface HoldBefore {
  amount: bigint;
  captured: bigint;
  captures: number;
  madeDay: number;
}

interface OriginalBefore {
  amount: bigint;
  refunded: bigint;
  refunds: number;
}

/** Reads what the batch's transactions come from. */
export async function readParents(client: pg.Client, transactions: LedgerTransaction[]): Promise<Parents> {
  const ids = transactions.flatMap(({ parentTransactionId }) => parentTransactionId ?? []);
  if (ids.length === 0) return { holds: new Map(), originals: new Map() };
  const holds = await client.query(
    `SELECT hold_id, (amount * 10000)::bigint AS amount, (captured * 10000)::bigint AS captured, captures, made_day
       FROM holds WHERE hold_id = ANY ($1::uuid[])`,
    [ids],
  );
  const originals = await client.query(
    `SELECT t.transaction_id, (t.amount * 10000)::bigint AS amount, (coalesce(r.refunded, 0) * 10000)::bigint AS refunded,
            coalesce(r.refunds, 0) AS refunds
       FROM transactions t LEFT JOIN refund_totals r USING (transaction_id) WHERE t.transaction_id = ANY ($1::uuid[])`,
    [ids],
  );
  return {
    holds: new Map(
      holds.rows.map((row) => [
        row.hold_id,
        {
          ...{ amount: BigInt(row.amount), captured: BigInt(row.captured) },
          ...{ captures: row.captures, madeDay: row.made_day },
        },
      ]),
    ),
    originals: new Map(
      originals.rows.map((row) => [
        row.transaction_id,
        { amount: BigInt(row.amount), refunded: BigInt(row.refunded), refunds: row.refunds },
      ]),
    ),
  };
}

/** What holds, captures, refunds and limits add to a call of version 4. */
export function moneyValues(transactions: LedgerTransaction[], wallets: Map<string, TouchedWallet>, parents: Parents) {
  const touched = [...wallets.values()];
  const money = (value: (w: TouchedWallet) => bigint) => array(touched.map((w) => formatDecimal(value(w))));
  return {
    w_held: money((w) => w.held),
    w_out: money((w) => w.out),
    w_out_peak: money((w) => w.outPeak),
    w_in: money((w) => w.in),
    w_largest: null,
    ...limitValues(touched),
    t_effective_ms: array(transactions.map((t) => t.effectiveAtMs ?? null)),
    t_released: array(transactions.map((t) => (t.released === undefined ? null : formatDecimal(t.released)))),
    ...newHoldValues(transactions),
    ...changedHoldValues(transactions, parents.holds),
    ...refundValues(transactions, parents.originals),
  };
}

function limitValues(touched: TouchedWallet[]) {
  const changed = touched.flatMap(({ ix, limits }) => (limits ? [{ ix, ...limits }] : []));
  if (changed.length === 0) {
    return { l_wallet_ix: null, l_floor: null, l_per_payment: null, l_daily_out: null, l_daily_in: null };
  }
  const bound = (digits: string | null) => (digits === null ? null : formatDecimal(BigInt(digits)));
  return {
    l_wallet_ix: array(changed.map(({ ix }) => ix)),
    l_floor: array(changed.map(({ creditLimit }) => formatDecimal(-BigInt(creditLimit)))),
    l_per_payment: array(changed.map(({ perPayment }) => bound(perPayment))),
    l_daily_out: array(changed.map(({ dailyOut }) => bound(dailyOut))),
    l_daily_in: array(changed.map(({ dailyIn }) => bound(dailyIn))),
  };
}

function newHoldValues(transactions: LedgerTransaction[]) {
  const made = transactions.flatMap(({ kind, failure, expiresAtMs }, i) =>
    kind === 'HOLD' && !failure ? [{ first: i + 1, expiresAtMs: expiresAtMs ?? null }] : [],
  );
  if (made.length === 0) return { n_first: null, n_expires_ms: null };
  return {
    n_first: array(made.map(({ first }) => first)),
    n_expires_ms: array(made.map(({ expiresAtMs }) => expiresAtMs)),
  };
}

function changedHoldValues(transactions: LedgerTransaction[], holds: Map<string, HoldBefore>) {
  const changed = new Map<string, HoldBefore & { status: string }>();
  for (const t of transactions) {
    const before = holds.get(t.parentTransactionId ?? '');
    if (t.failure || !before || !['CAPTURE', 'VOID', 'EXPIRY'].includes(t.kind)) continue;
    const id = t.parentTransactionId as string;
    const hold = changed.get(id) ?? { ...before, status: 'OPEN' };
    changed.set(id, hold);
    if (t.kind !== 'CAPTURE') hold.status = t.kind === 'VOID' ? 'VOIDED' : 'EXPIRED';
    else {
      hold.captured += t.amount;
      hold.captures += 1;
      if (hold.captured === hold.amount || (t.released ?? 0n) > 0n) hold.status = 'CAPTURED';
    }
  }
  if (changed.size === 0) {
    return { h_id: null, h_captures_from: null, h_captured: null, h_captures: null, h_status: null };
  }
  const ids = [...changed.keys()].sort();
  const each = (value: (hold: HoldBefore & { status: string }) => string | number) =>
    array(ids.map((id) => value(changed.get(id) as HoldBefore & { status: string })));
  return {
    h_id: array(ids),
    h_captures_from: array(ids.map((id) => (holds.get(id) as HoldBefore).captures)),
    h_captured: each(({ captured }) => formatDecimal(captured)),
    h_captures: each(({ captures }) => captures),
    h_status: each(({ status }) => status),
  };
}

function refundValues(transactions: LedgerTransaction[], originals: Map<string, OriginalBefore>) {
  const changed = new Map<string, OriginalBefore>();
  for (const t of transactions) {
    const before = originals.get(t.parentTransactionId ?? '');
    if (t.failure || !before || !['REFUND', 'REVERSAL'].includes(t.kind)) continue;
    const id = t.parentTransactionId as string;
    const original = changed.get(id) ?? { ...before };
    changed.set(id, original);
    original.refunded += t.amount;
    original.refunds += 1;
  }
  if (changed.size === 0) {
    return { r_id: null, r_amount: null, r_refunds_from: null, r_refunded: null, r_refunds: null };
  }
  const ids = [...changed.keys()].sort();
  const each = (value: (original: OriginalBefore) => string | number) =>
    array(ids.map((id) => value(changed.get(id) as OriginalBefore)));
  return {
    r_id: array(ids),
    r_amount: each(({ amount }) => formatDecimal(amount)),
    r_refunds_from: array(ids.map((id) => (originals.get(id) as OriginalBefore).refunds)),
    r_refunded: each(({ refunded }) => formatDecimal(refunded)),
    r_refunds: each(({ refunds }) => refunds),
  };
}
