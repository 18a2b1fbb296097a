import { partitionOf } from './partition-of.js';

/** Every wallet is as it was made, by the hash chain of its partition. Wallets older than the chains are in none. */
export const creationFindings = `
  WITH chain AS MATERIALIZED (
    SELECT c.*, w.wallet_id IS NULL AS missing,
           lag(c.seq, 1, 0::bigint) OVER links AS seq_before,
           sha256(lag(c.head_hash, 1, decode(repeat('00', 32), 'hex')) OVER links || int8send(c.seq)
             || sha256(convert_to(concat(w.wallet_id, '|', w.user_id, '|', w.kind, '|', w.currency, '|', c.status, '|', w.partition,
                  '|', w.request_hash, '|', c.key_digest, '|', floor(extract(epoch FROM w.created_at) * 1000)::bigint, '|',
                  w.metadata), 'UTF8'))) AS computed
      FROM wallet_creations c LEFT JOIN wallets w USING (wallet_id)
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
  SELECT 'wallet-creations', format('wallet %s was made %s times', wallet_id, count(*))
    FROM wallet_creations GROUP BY wallet_id HAVING count(*) > 1`;
