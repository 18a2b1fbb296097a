import { partitionOf } from './partition-of.js';

/** Holds as their transactions made them, and what the later ones took of them. */
const ofHolds = `
  made AS MATERIALIZED (
    SELECT transaction_id AS hold_id, sender_wallet_id, receiver_wallet_id, partition, currency, amount, created_at
      FROM transactions WHERE kind = 'HOLD' AND status = 'SUCCESS'
  ), later AS MATERIALIZED (
    SELECT parent_transaction_id AS hold_id, transaction_id, kind, sender_wallet_id, receiver_wallet_id, partition, currency, amount,
           released, sender_entry_no, worker_id, batch_seq, created_at
      FROM transactions WHERE kind IN ('CAPTURE', 'VOID', 'EXPIRY') AND status = 'SUCCESS'
  ), taken AS MATERIALIZED (
    SELECT hold_id, coalesce(sum(amount) FILTER (WHERE kind = 'CAPTURE'), 0) AS captured,
           count(*) FILTER (WHERE kind = 'CAPTURE') AS captures,
           coalesce(sum(released), 0) + coalesce(sum(amount) FILTER (WHERE kind <> 'CAPTURE'), 0) AS given_back,
           count(*) FILTER (WHERE kind = 'VOID') AS voids, count(*) FILTER (WHERE kind = 'EXPIRY') AS expiries,
           count(*) FILTER (WHERE released > 0) AS finals,
           max(sender_entry_no) AS last_capture, max(sender_entry_no) FILTER (WHERE released > 0) AS final_capture,
           max(created_at) AS last_at
      FROM later GROUP BY hold_id
  ), expected AS (
    SELECT m.*, coalesce(t.captured, 0) AS captured, coalesce(t.captures, 0) AS captures, coalesce(t.given_back, 0) AS given_back,
           coalesce(t.voids + t.expiries + t.finals, 0) AS ends, t.last_capture, t.final_capture, coalesce(t.last_at, m.created_at) AS updated_at,
           CASE WHEN t.voids > 0 THEN 'VOIDED' WHEN t.expiries > 0 THEN 'EXPIRED'
                WHEN t.finals > 0 OR t.captured = m.amount THEN 'CAPTURED' ELSE 'OPEN' END AS status
      FROM made m LEFT JOIN taken t USING (hold_id)
  )`;

/**
 * Every hold is what its transactions made of it, one that is over gave back what was not taken, once, and nothing was taken of it
 * from its end on. What it says of its end is sealed.
 */
export const holdFindings = `
  WITH ${ofHolds}
  SELECT 'holds' AS "check", format('hold %s is not as its transaction made it, or there is none', hold_id) AS finding
    FROM expected e FULL JOIN holds h USING (hold_id)
   WHERE h.hold_id IS NULL OR e.hold_id IS NULL OR h.wallet_id <> e.sender_wallet_id OR h.receiver_wallet_id <> e.receiver_wallet_id
      OR h.partition <> e.partition OR h.currency <> e.currency OR h.amount <> e.amount OR h.created_at <> e.created_at
      OR h.made_day <> e.created_at::date - date 'epoch'
  UNION ALL
  SELECT 'holds', format('hold %s is not of partition %s, as its id or its wallet says', hold_id, partition)
    FROM made WHERE partition <> ${partitionOf('hold_id')} OR partition <> ${partitionOf('sender_wallet_id')}
  UNION ALL
  SELECT 'holds', format('hold %s is %s with %s captured in %s; its transactions say %s, %s, %s', hold_id, h.status, h.captured, h.captures,
                         e.status, e.captured, e.captures)
    FROM expected e JOIN holds h USING (hold_id)
   WHERE h.status::text <> e.status OR h.captured <> e.captured OR h.captures <> e.captures OR h.updated_at <> e.updated_at
  UNION ALL
  SELECT 'holds', format('of hold %s of %s %s was captured and %s given back', hold_id, amount, captured, given_back)
    FROM expected
   WHERE captured + given_back > amount OR (ends > 0 AND captured + given_back <> amount)
  UNION ALL
  SELECT 'holds', format('hold %s ended %s times, or was captured after its end', hold_id, ends)
    FROM expected WHERE ends > 1 OR final_capture < last_capture
  UNION ALL
  SELECT 'holds', format('%s %s of hold %s is not from its wallet to its receiver, or before it was made, or there is no such hold',
                         l.kind, l.transaction_id, l.hold_id)
    FROM later l LEFT JOIN made m USING (hold_id)
   WHERE m.hold_id IS NULL OR l.sender_wallet_id <> m.sender_wallet_id OR l.receiver_wallet_id <> m.receiver_wallet_id
      OR l.partition <> m.partition OR l.currency <> m.currency OR l.created_at < m.created_at
  UNION ALL
  SELECT 'holds', format('%s %s is of %s, hold %s expires at %s', l.kind, l.transaction_id, l.created_at, hold_id, h.expires_at)
    FROM later l JOIN holds h USING (hold_id)
   WHERE (l.kind = 'EXPIRY') <> (l.created_at >= h.expires_at)
  UNION ALL
  SELECT 'holds', format('hold %s was captured by %s after its %s', hold_id, c.transaction_id, e.kind)
    FROM later e JOIN later c USING (hold_id) LEFT JOIN ledger_batches b ON b.worker_id = e.worker_id AND b.batch_seq = e.batch_seq
   WHERE e.kind <> 'CAPTURE' AND c.kind = 'CAPTURE'
     AND (c.created_at > e.created_at
          OR array_position(b.transaction_ids, c.transaction_id) > array_position(b.transaction_ids, e.transaction_id))
  UNION ALL
  SELECT 'holds', format('%s %s gives back %s', kind, transaction_id, coalesce(released::text, 'nothing that it says'))
    FROM transactions
   WHERE CASE WHEN kind = 'CAPTURE' AND status = 'SUCCESS' THEN (released >= 0) IS NOT TRUE ELSE released IS NOT NULL END`;

/** What a wallet holds is what is left of its open holds. */
export const heldFindings = `
  WITH ${ofHolds}
  SELECT 'held' AS "check", format('wallet %s holds %s, its open holds have %s left', wallet_id, w.held, coalesce(o.remaining, 0)) AS finding
    FROM wallets w
    FULL JOIN (SELECT sender_wallet_id AS wallet_id, sum(amount - captured) AS remaining
                 FROM expected WHERE status = 'OPEN' GROUP BY sender_wallet_id) o USING (wallet_id)
   WHERE w.held IS DISTINCT FROM coalesce(o.remaining, 0)`;
