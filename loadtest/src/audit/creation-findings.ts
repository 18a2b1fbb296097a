import { partitionOf } from './partition-of.js';

/**
 * Every wallet is as it was made, by the hash chain of its partition, but for what the audit log says was changed since, change by
 * change. Wallets older than the chains are in none.
 */
export const creationFindings = `
  WITH change AS MATERIALIZED (
    SELECT subject, audit_id, detail->'before' AS before, detail->'after' AS after,
           lag(detail->'after') OVER changes AS after_before, lead(audit_id) OVER changes AS next
      FROM audit_log WHERE action = 'WALLET_CHANGED'
    WINDOW changes AS (PARTITION BY subject ORDER BY audit_id)
  ), first_change AS MATERIALIZED (
    SELECT subject::uuid AS wallet_id, before FROM change WHERE after_before IS NULL
  ), chain AS MATERIALIZED (
    SELECT c.*, w.wallet_id IS NULL AS missing,
           lag(c.seq, 1, 0::bigint) OVER links AS seq_before,
           sha256(lag(c.head_hash, 1, decode(repeat('00', 32), 'hex')) OVER links || int8send(c.seq)
             || sha256(convert_to(concat(w.wallet_id, '|',
                  CASE WHEN f.before IS NULL THEN w.user_id::text ELSE f.before->>'userId' END, '|', w.kind, '|', w.currency, '|', c.status, '|', w.partition,
                  '|', w.request_hash, '|', c.key_digest, '|', floor(extract(epoch FROM w.created_at) * 1000)::bigint, '|',
                  CASE WHEN f.before IS NULL THEN w.metadata ELSE nullif(f.before->'metadata', 'null') END,
                  '|' || w.scope), 'UTF8'))) AS computed
      FROM wallet_creations c LEFT JOIN wallets w USING (wallet_id) LEFT JOIN first_change f USING (wallet_id)
    WINDOW links AS (PARTITION BY c.partition ORDER BY c.seq)
  )
  SELECT 'wallet-creations' AS "check", format('wallet %s is not as it was made, or its place in the chain is another', wallet_id) AS finding
    FROM chain WHERE missing OR seq <> seq_before + 1 OR computed <> head_hash OR partition <> ${partitionOf('wallet_id')}
  UNION ALL
  SELECT 'wallet-creations', format('the chain of partition %s does not end at its head', h.partition)
    FROM wallet_creation_heads h
    LEFT JOIN LATERAL (SELECT seq, head_hash FROM wallet_creations c WHERE c.partition = h.partition ORDER BY seq DESC LIMIT 1) l ON true
   WHERE h.seq <> coalesce(l.seq, 0) OR h.head_hash <> coalesce(l.head_hash, decode(repeat('00', 32), 'hex'))
  UNION ALL
  SELECT 'wallet-creations', format('wallet %s is in no chain', w.wallet_id)
    FROM wallets w
   WHERE w.created_at >= (SELECT min(began_at) FROM wallet_creation_heads)
     AND NOT EXISTS (SELECT FROM wallet_creations c WHERE c.wallet_id = w.wallet_id)
  UNION ALL
  SELECT 'wallet-creations', format('wallet %s was not changed from what it was, or not to what it is: change %s', c.subject, c.audit_id)
    FROM change c LEFT JOIN wallets w ON w.wallet_id = c.subject::uuid
   WHERE c.after_before <> c.before
      OR (c.next IS NULL AND c.after IS DISTINCT FROM jsonb_build_object('userId', w.user_id, 'metadata', w.metadata))
  UNION ALL
  SELECT 'wallet-creations', format('wallet %s has scope %s, and its list says %s', wallet_id, w.scope, s.scope)
    FROM (SELECT * FROM wallets WHERE scope IS NOT NULL) AS w FULL JOIN scoped_wallets s USING (wallet_id)
   WHERE w.scope IS DISTINCT FROM s.scope OR w.created_at IS DISTINCT FROM s.created_at OR w.user_id IS DISTINCT FROM s.user_id
  UNION ALL
  SELECT 'wallet-creations', format('wallet %s was made %s times', wallet_id, count(*))
    FROM wallet_creations GROUP BY wallet_id HAVING count(*) > 1`;
