import { partitionOf } from './partition-of.js';

/** What is paid back goes to who paid it, by who got it, and together it is never more than was paid. A reversal takes all that is left. */
export const refundFindings = `
  WITH back AS MATERIALIZED (
    SELECT transaction_id, kind, parent_transaction_id AS original_id, sender_wallet_id, receiver_wallet_id, amount, currency, partition,
           sender_entry_no, created_at
      FROM transactions WHERE kind::text IN ('REFUND', 'REVERSAL') AND status = 'SUCCESS'
  ), total AS MATERIALIZED (
    SELECT original_id, sum(amount) AS refunded, count(*) AS refunds, count(*) FILTER (WHERE kind::text = 'REVERSAL') AS reversals,
           max(sender_entry_no) AS last_entry, max(sender_entry_no) FILTER (WHERE kind::text = 'REVERSAL') AS reversal_entry
      FROM back GROUP BY original_id
  ), original AS MATERIALIZED (
    SELECT t.transaction_id, t.kind, t.status, t.sender_wallet_id, t.receiver_wallet_id, t.amount, t.currency, t.created_at
      FROM transactions t WHERE t.transaction_id IN (SELECT original_id FROM total)
  )
  SELECT 'refunds' AS "check", format('of transaction %s %s of %s is said to be paid back in %s; it was %s of %s in %s',
                                      coalesce(r.transaction_id, t.original_id), r.refunded, r.amount, r.refunds, t.refunded, o.amount, t.refunds) AS finding
    FROM total t LEFT JOIN original o ON o.transaction_id = t.original_id FULL JOIN refund_totals r ON r.transaction_id = t.original_id
   WHERE r.refunded IS DISTINCT FROM t.refunded OR r.refunds IS DISTINCT FROM t.refunds OR r.amount IS DISTINCT FROM o.amount
  UNION ALL
  SELECT 'refunds', format('of transaction %s of %s %s was paid back', o.transaction_id, o.amount, t.refunded)
    FROM total t JOIN original o ON o.transaction_id = t.original_id WHERE t.refunded > o.amount
  UNION ALL
  SELECT 'refunds', format('the reversal of transaction %s left something, or something came after it', o.transaction_id)
    FROM total t JOIN original o ON o.transaction_id = t.original_id
   WHERE t.reversals > 0 AND (t.refunded <> o.amount OR t.reversals > 1 OR t.reversal_entry <> t.last_entry)
  UNION ALL
  SELECT 'refunds', format('%s %s is of %s, which was no such payment, or between other wallets, or later', b.kind, b.transaction_id,
                           coalesce(b.original_id::text, 'nothing'))
    FROM back b LEFT JOIN original o ON o.transaction_id = b.original_id
   WHERE o.transaction_id IS NULL OR o.status <> 'SUCCESS' OR o.kind NOT IN ('PAYMENT', 'CAPTURE', 'DEPOSIT', 'WITHDRAWAL')
      OR (b.kind = 'REFUND' AND o.kind NOT IN ('PAYMENT', 'CAPTURE'))
      OR b.sender_wallet_id <> o.receiver_wallet_id OR b.receiver_wallet_id <> o.sender_wallet_id OR b.currency <> o.currency
      OR b.created_at < o.created_at
      -- Who pays back decides; for a funding wallet, its user.
      OR b.partition <> CASE o.kind WHEN 'WITHDRAWAL' THEN ${partitionOf('o.sender_wallet_id')} ELSE ${partitionOf('o.receiver_wallet_id')} END`;
