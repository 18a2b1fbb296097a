import type pg from 'pg';

/** What was paid back of a transaction, as its refunds and its reversal say, and as its total says. One statement: one moment. */
export interface RefundSum {
  readonly originalId: string;
  /** null: there is no such transaction. */
  readonly kind: string | null;
  readonly status: string | null;
  readonly currency: string | null;
  readonly amount: string | null;
  readonly refunded: string;
  readonly refunds: string;
  /** null: there is no total. */
  readonly rowAmount: string | null;
  readonly rowRefunded: string | null;
  readonly rowRefunds: number | null;
}

const sums = (asked: string) => `
  SELECT asked.id AS "originalId", o.kind, o.status, coalesce(o.currency, b.currency) AS currency, o.amount, b.refunded, b.refunds,
         r.amount AS "rowAmount", r.refunded AS "rowRefunded", r.refunds AS "rowRefunds"
    FROM ${asked} AS asked (id)
    LEFT JOIN LATERAL (SELECT t.kind, t.status, t.currency, t.amount FROM transactions t WHERE t.transaction_id = asked.id) o ON true
    LEFT JOIN refund_totals r ON r.transaction_id = asked.id
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(t.amount), 0) AS refunded, count(*) AS refunds, min(t.currency) AS currency FROM transactions t
      WHERE t.parent_transaction_id = asked.id AND t.status = 'SUCCESS' AND t.kind IN ('REFUND', 'REVERSAL')
   ) b`;

export async function readRefundSums(client: pg.ClientBase, originalIds: readonly string[]): Promise<RefundSum[]> {
  const text = sums('unnest($1::uuid[])');
  const values = [`{${originalIds.join(',')}}`];
  return (await client.query<RefundSum>({ name: 'reconciliation-refunds', text, values })).rows;
}

/** Of which a total is written down, in the order of their ids. */
export async function readRefundTotals(client: pg.ClientBase, after: string, most: number): Promise<RefundSum[]> {
  const totals =
    '(SELECT transaction_id FROM refund_totals WHERE transaction_id > $1 ORDER BY transaction_id LIMIT $2)';
  const text = `${sums(totals)} ORDER BY asked.id`;
  return (await client.query<RefundSum>({ name: 'reconciliation-refund-totals', text, values: [after, most] })).rows;
}
