import { limitChanges } from './limit-changes.js';
import { walletEffects } from './wallet-effects.js';

/** As a condition: the floor of this wallet is not the same for each of its entries, or more than its balance is above it. */
export const isWatched = (walletId: string) => `${walletId} IN (SELECT wallet_id FROM watched)`;

/** Wallets with holds or with changed limits. */
export const watchedWallets = `
  watched AS MATERIALIZED (
    SELECT sender_wallet_id AS wallet_id FROM transactions WHERE kind = 'HOLD' AND status = 'SUCCESS'
    UNION
    SELECT (change->>'walletId')::uuid FROM ledger_batches, jsonb_array_elements(changes) AS change WHERE jsonb_typeof(change->'to') = 'object'
  )`;

/**
 * Wallets with holds or changed limits, transaction by transaction and change by change, in the order of their commits: what is
 * available is never below the floor of that moment, and what an engine that knows limits counted is within those of that moment.
 *
 * Of one wallet, batches follow each other in time, and within an engine by number. Where several engines touched it in one
 * millisecond, its entries' numbers say who came first; when one of them made no entry nobody knows, and only what all of
 * them leave behind is looked at.
 */
export const boundFindings = `
  WITH ${watchedWallets}, ${limitChanges}, ${walletEffects(isWatched)}, place AS (
    SELECT b.worker_id, b.batch_seq, b.leaf_version, listed.transaction_id, listed.place
      FROM ledger_batches b, unnest(b.transaction_ids) WITH ORDINALITY AS listed (transaction_id, place)
  ), engine AS (
    SELECT worker_id, row_number() OVER (ORDER BY worker_id) AS engine FROM engine_workers
  ), step AS (
    SELECT e.wallet_id, e.transaction_id::text AS what, e.kind, e.amount, n.engine, e.batch_seq, e.created_at, e.entry_no, e.available,
           CASE WHEN p.leaf_version >= 3 THEN e."out" ELSE 0 END AS "out",
           CASE WHEN p.leaf_version >= 3 THEN e."in" ELSE 0 END AS "in", p.place::numeric, NULL::bigint AS applied
      FROM effect e JOIN place p USING (transaction_id, worker_id, batch_seq) JOIN engine n USING (worker_id)
    UNION ALL
    SELECT c.wallet_id, 'change ' || c.change_id, NULL, NULL, n.engine, c.batch_seq, c.created_at, NULL, 0, 0, 0, c.place + 0.5, c.applied
      FROM change c JOIN engine n USING (worker_id) WHERE NOT c.refused
  ), met AS (
    SELECT *, min(engine) OVER moment <> max(engine) OVER moment AS several, bool_or(entry_no IS NULL) OVER moment AS unnumbered,
           min(entry_no) OVER (PARTITION BY wallet_id, created_at, engine, batch_seq) AS first_entry
      FROM step WINDOW moment AS (PARTITION BY wallet_id, created_at)
  ), run AS (
    SELECT *, sum(available) OVER ordered AS now_available, count(applied) OVER ordered AS now_applied,
           sum("out") OVER today AS day_out, sum("in") OVER today AS day_in,
           lead(created_at) OVER ordered IS DISTINCT FROM created_at AS is_last, NOT (several AND unnumbered) AS is_placed
      FROM met
    WINDOW ordered AS (PARTITION BY wallet_id ORDER BY created_at, CASE WHEN several THEN first_entry END, batch_seq, place
                       ROWS UNBOUNDED PRECEDING),
           today AS (PARTITION BY wallet_id, created_at::date ORDER BY created_at, CASE WHEN several THEN first_entry END, batch_seq, place
                     ROWS UNBOUNDED PRECEDING)
  )
  SELECT broken."check", format('wallet %s, %s: %s', r.wallet_id, r.what, broken.what) AS finding
    FROM run r
    LEFT JOIN change c ON c.wallet_id = r.wallet_id AND c.applied = r.now_applied AND NOT c.refused
    JOIN wallets w ON w.wallet_id = r.wallet_id AND w.floor IS NOT NULL
   CROSS JOIN LATERAL (VALUES
     ('floors', (r.is_placed OR r.is_last) AND r.now_available < -coalesce(c.credit_limit, 0),
      format('%s is available, below %s', r.now_available, -coalesce(c.credit_limit, 0))),
     ('limits-kept', r.is_placed AND r."out" > 0 AND r.day_out > c.daily_out,
      format('%s went out that day, more than %s', r.day_out, c.daily_out)),
     ('limits-kept', r.is_placed AND r."in" > 0 AND r.day_in > c.daily_in,
      format('%s came in that day, more than %s', r.day_in, c.daily_in)),
     ('limits-kept', r.is_placed AND r."out" > 0 AND r.amount > c.per_payment,
      format('%s is more than %s at once', r.amount, c.per_payment))
   ) AS broken ("check", holds, what)
   WHERE broken.holds`;
