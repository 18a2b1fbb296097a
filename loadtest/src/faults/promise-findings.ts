import type pg from 'pg';
import { idOf, type Promised } from './traffic.js';

type Asking = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** A hold is over for this long at most before its money is available, where nothing is wrong. */
export const expiryLatenessMaxMs = 2_000;

/** Holds that are past their time, and still hold money. */
export async function overdueHolds(ask: Asking): Promise<number> {
  const [row] = await ask<{ n: number }>(
    `SELECT count(*)::int AS n FROM holds WHERE status = 'OPEN' AND expires_at < clock_timestamp() - interval '${expiryLatenessMaxMs} ms'`,
  );
  return row?.n as number;
}

/**
 * What was promised of holds, refunds and limits and is not in the ledger, or is there more than once. The promises are all that was
 * ever asked of them.
 */
export async function promiseFindings(ask: Asking, promised: Iterable<Promised>): Promise<string[]> {
  const wanted = sumsOf(promised);
  return [
    ...(await holdFindings(ask, wanted)),
    ...(await expiryFindings(ask)),
    ...(await refundFindings(ask, wanted.paidBack)),
    ...(await limitFindings(ask, wanted.limitChanges)),
  ];
}

interface Sums {
  readonly holds: ReadonlySet<string>;
  readonly captured: ReadonlyMap<string, bigint>;
  readonly finalled: ReadonlySet<string>;
  readonly voided: ReadonlySet<string>;
  readonly paidBack: ReadonlyMap<string, bigint>;
  readonly limitChanges: number;
}

function sumsOf(promised: Iterable<Promised>): Sums {
  const sums = {
    ...{ holds: new Set<string>(), captured: new Map<string, bigint>(), finalled: new Set<string>() },
    ...{ voided: new Set<string>(), paidBack: new Map<string, bigint>(), limitChanges: 0 },
  };
  for (const { ask, answer } of promised) {
    if (answer.code !== null) continue;
    const { amount } = answer.body as { amount: string };
    if (ask.kind === 'HOLD') sums.holds.add(idOf(answer) as string);
    if (ask.kind === 'VOID') sums.voided.add(ask.subject);
    if (ask.kind === 'LIMITS') sums.limitChanges += 1;
    if (ask.kind === 'CAPTURE') {
      add(sums.captured, ask.subject, amount);
      if ('final' in ask.body) sums.finalled.add(ask.subject);
    }
    if (ask.kind === 'REFUND' || ask.kind === 'REVERSAL') add(sums.paidBack, ask.subject, amount);
  }
  return sums;
}

async function holdFindings(ask: Asking, { holds, captured, finalled, voided }: Sums): Promise<string[]> {
  const rows = await ask<{ hold_id: string; amount: string; captured: string; status: string }>(
    'SELECT hold_id, amount, captured, status FROM holds',
  );
  const findings: string[] = [];
  const found = new Set<string>();
  for (const row of rows) {
    found.add(row.hold_id);
    const told = captured.get(row.hold_id) ?? 0n;
    const taken = scaled(row.captured);
    if (!holds.has(row.hold_id)) findings.push(`hold ${row.hold_id} was promised to nobody`);
    if (taken !== told) findings.push(`hold ${row.hold_id}: captures of ${told} were promised, ${taken} is captured`);
    const isUp = finalled.has(row.hold_id) || taken === scaled(row.amount);
    if (isUp !== (row.status === 'CAPTURED')) findings.push(`hold ${row.hold_id} is ${row.status}`);
    if (voided.has(row.hold_id) !== (row.status === 'VOIDED'))
      findings.push(`hold ${row.hold_id} is ${row.status}, void: ${voided.has(row.hold_id)}`);
  }
  for (const holdId of holds) if (!found.has(holdId)) findings.push(`hold ${holdId} is lost`);
  return findings;
}

/** One EXPIRY for each hold that expired, none for another, and none before its time. */
async function expiryFindings(ask: Asking): Promise<string[]> {
  const rows = await ask<{ hold_id: string; status: string; expiries: number; early: number }>(
    `SELECT h.hold_id, h.status, count(t.transaction_id)::int AS expiries,
            count(*) FILTER (WHERE t.created_at < h.expires_at)::int AS early
       FROM holds h LEFT JOIN transactions t ON t.parent_transaction_id = h.hold_id AND t.kind = 'EXPIRY'
      GROUP BY h.hold_id, h.status
     HAVING count(t.transaction_id) <> CASE h.status WHEN 'EXPIRED' THEN 1 ELSE 0 END
         OR count(*) FILTER (WHERE t.created_at < h.expires_at) > 0`,
  );
  return rows.map(
    (row) => `hold ${row.hold_id} is ${row.status} with ${row.expiries} expiries, ${row.early} of them early`,
  );
}

async function refundFindings(ask: Asking, paidBack: ReadonlyMap<string, bigint>): Promise<string[]> {
  const rows = await ask<{ transaction_id: string; refunded: string }>(
    'SELECT transaction_id, refunded FROM refund_totals',
  );
  const recorded = new Map(rows.map((row) => [row.transaction_id, scaled(row.refunded)]));
  return [...new Set([...paidBack.keys(), ...recorded.keys()])].flatMap((id) => {
    const [told, found] = [paidBack.get(id) ?? 0n, recorded.get(id) ?? 0n];
    return told === found ? [] : [`of ${id} ${told} was promised back, ${found} was paid back`];
  });
}

async function limitFindings(ask: Asking, promised: number): Promise<string[]> {
  const [row] = await ask<{ n: number }>(`SELECT count(*)::int AS n FROM audit_log WHERE action = 'LIMITS_CHANGED'`);
  return row?.n === promised ? [] : [`${promised} changes of limits were promised, ${row?.n} were made`];
}

function add(sums: Map<string, bigint>, id: string, amount: string): void {
  sums.set(id, (sums.get(id) ?? 0n) + scaled(amount));
}

/** Ten-thousandths. */
function scaled(amount: string): bigint {
  const [whole, fraction = ''] = amount.split('.');
  return BigInt(`${whole}${fraction.padEnd(4, '0')}`);
}
