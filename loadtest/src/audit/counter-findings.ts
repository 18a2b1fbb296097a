import { walletEffects } from './wallet-effects.js';

/**
 * A wallet's counters are of the last day on which an engine that keeps them touched it, and are what that day counts. Batches
 * before version 3 are of engines that do not know them, so they count for nothing: a day on which engines of both kinds ran
 * has in its counters exactly what the newer ones committed.
 */
export const counterFindings = `
  WITH ${walletEffects(() => 'true')}, touch AS (
    SELECT e.wallet_id, e.created_at::date - date 'epoch' AS day, e."out", e."in"
      FROM effect e JOIN ledger_batches b USING (worker_id, batch_seq) JOIN wallets w USING (wallet_id)
     WHERE b.leaf_version >= 3 AND e.created_at::date - date 'epoch' >= w.counter_day
    UNION ALL
    SELECT (change->>'walletId')::uuid, created_at::date - date 'epoch', 0, 0
      FROM ledger_batches, jsonb_array_elements(changes) AS change
     WHERE leaf_version >= 3 AND CASE jsonb_typeof(change->'to') WHEN 'object' THEN NOT change ? 'refused' ELSE change->'from' <> change->'to' END
  ), counted AS (
    SELECT wallet_id, day, sum("out") AS day_out, sum("in") AS day_in, lead(day) OVER (PARTITION BY wallet_id ORDER BY day) IS NULL AS is_last
      FROM touch GROUP BY wallet_id, day
  )
  SELECT 'day-counters' AS "check",
         format('wallet %s counted %s out and %s in on day %s; it was %s and %s on day %s', w.wallet_id, w.day_out, w.day_in, w.counter_day,
                coalesce(c.day_out, 0), coalesce(c.day_in, 0), coalesce(c.day, 0)) AS finding
    FROM wallets w LEFT JOIN counted c ON c.wallet_id = w.wallet_id AND c.is_last
   WHERE w.counter_day <> coalesce(c.day, 0) OR w.day_out <> coalesce(c.day_out, 0) OR w.day_in <> coalesce(c.day_in, 0)`;
