import { limitChanges } from './limit-changes.js';
import { partitionOf } from './partition-of.js';

/** A wallet's limits are those of its last change, from none at first; each change begins where the one before ended. */
export const limitFindings = `
  WITH ${limitChanges}, followed AS (
    SELECT *, lag("to", 1, '{"creditLimit": "0", "perPayment": null, "dailyOut": null, "dailyIn": null}') OVER (PARTITION BY wallet_id ORDER BY n) AS before
      FROM change
  )
  SELECT 'limits' AS "check", format('change %s of wallet %s is from %s, the wallet had %s', change_id, wallet_id, "from", before) AS finding
    FROM followed WHERE "from" <> before
  UNION ALL
  SELECT 'limits', format('change %s of wallet %s was refused and changes %s to %s', change_id, wallet_id, "from", "to")
    FROM change WHERE refused AND "from" <> "to"
  UNION ALL
  SELECT 'limits', format('change %s is of no wallet of partition %s that has limits: %s', change_id, c.partition, wallet_id)
    FROM change c LEFT JOIN wallets w USING (wallet_id) WHERE w.kind IS DISTINCT FROM 'USER' OR c.partition <> ${partitionOf('wallet_id')}
  UNION ALL
  SELECT 'limits', format('wallet %s has the floor %s and limits %s, %s, %s, its last change says %s', wallet_id, w.floor,
                          coalesce(w.per_payment::text, '-'), coalesce(w.daily_out::text, '-'), coalesce(w.daily_in::text, '-'),
                          coalesce(last."to"::text, 'nothing'))
    FROM wallets w
    LEFT JOIN (SELECT DISTINCT ON (wallet_id) * FROM change ORDER BY wallet_id, n DESC) last USING (wallet_id)
   WHERE w.floor IS DISTINCT FROM CASE w.kind WHEN 'USER' THEN -coalesce(last.credit_limit, 0) END
      OR w.per_payment IS DISTINCT FROM last.per_payment OR w.daily_out IS DISTINCT FROM last.daily_out OR w.daily_in IS DISTINCT FROM last.daily_in`;
