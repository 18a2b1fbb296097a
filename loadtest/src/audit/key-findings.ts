const digestOf = (caller: string, key: string) =>
  `encode(substring(sha256(convert_to(${caller}, 'UTF8') || '\\x00'::bytea || convert_to(${key}, 'UTF8')) FOR 16), 'hex')::uuid`;

/** That of an approved act which was not done: it is taken, so that it never is. */
const isClosedKey = `(p.status = 'STALE' OR p.result ? 'code' AND NOT p.result ? 'transactionIds')
                              AND k.key_digest = ${digestOf(`E'\\x01platform'`, `'approval ' || p.approval_id`)}`;

/**
 * What every key names is there, and was asked for with that key; every transaction has a key, its own or that of its atomic
 * batch. The payments of an atomic batch made by an engine of before have keys of their own (`K#0`, `K#1` …), which bear too.
 */
export const keyFindings = `
  WITH own AS MATERIALIZED (
    SELECT transaction_id, request_hash, ${digestOf('caller', 'idempotency_key')} AS digest FROM transactions
  ), batch AS MATERIALIZED (
    SELECT *, ${digestOf('caller', 'idempotency_key')} AS digest FROM atomic_batches
  ), batch_key AS (
    SELECT b.*, k.key_digest IS NOT NULL AS keyed
      FROM batch b LEFT JOIN idempotency_keys k
             ON k.key_digest = b.digest AND k.outcome_kind = 'ATOMIC_BATCH' AND k.outcome_id = b.atomic_batch_id
  ), item AS (
    SELECT listed.id, b.atomic_batch_id, b.caller, b.idempotency_key, b.request_hash, b.items_keyed, b.keyed, place - 1 AS place
      FROM batch_key b, unnest(b.transaction_ids) WITH ORDINALITY AS listed (id, place)
  )
  SELECT 'keys' AS "check", format('key %s names %s %s, which was not asked for with it or is missing', k.key_digest,
                                   k.outcome_kind, k.outcome_id) AS finding
    FROM idempotency_keys k
    LEFT JOIN own t ON k.outcome_kind = 'TRANSACTION' AND t.transaction_id = k.outcome_id AND t.digest = k.key_digest
                   AND t.request_hash = coalesce(k.request_hash, t.request_hash)
    LEFT JOIN batch b ON k.outcome_kind = 'ATOMIC_BATCH' AND b.atomic_batch_id = k.outcome_id AND b.digest = k.key_digest
                     AND b.request_hash = k.request_hash
    LEFT JOIN wallets w ON k.outcome_kind = 'WALLET' AND w.wallet_id = k.outcome_id AND w.request_hash = k.request_hash
    LEFT JOIN audit_log a ON k.outcome_kind = 'CHANGE' AND a.change_id = k.outcome_id
    LEFT JOIN approvals p ON k.outcome_kind = 'APPROVAL' AND p.approval_id = k.outcome_id AND p.request_hash = k.request_hash
                         AND (p.key_digest = k.key_digest OR ${isClosedKey})
   WHERE num_nonnulls(t.transaction_id, b.atomic_batch_id, w.wallet_id, a.change_id, p.approval_id) <> 1
  UNION ALL
  SELECT 'keys', format('transaction %s of key %s: its key is missing or names another one', t.transaction_id, t.digest)
    FROM own t
    LEFT JOIN idempotency_keys k
           ON k.key_digest = t.digest AND k.outcome_id = t.transaction_id AND k.outcome_kind = 'TRANSACTION'
    LEFT JOIN item i ON i.id = t.transaction_id AND i.keyed
   WHERE k.key_digest IS NULL AND i.id IS NULL
  UNION ALL
  SELECT 'keys', format('atomic batch %s: its key is missing or names another thing', atomic_batch_id)
    FROM batch_key WHERE NOT keyed
  UNION ALL
  SELECT 'keys', format('atomic batch %s does not begin with the payment it is named by', atomic_batch_id)
    FROM batch WHERE transaction_ids[1] IS DISTINCT FROM atomic_batch_id
  UNION ALL
  SELECT 'keys', format('atomic batch %s lists %s, which is missing or of another request', i.atomic_batch_id, i.id)
    FROM item i
    LEFT JOIN transactions t
           ON t.transaction_id = i.id AND t.kind = 'PAYMENT' AND t.caller = i.caller AND t.request_hash = i.request_hash
          AND t.idempotency_key = i.idempotency_key || CASE WHEN i.items_keyed THEN '#' ELSE ' #' END || i.place
   WHERE t.transaction_id IS NULL
  UNION ALL
  SELECT 'keys', format('the payments of atomic batch %s were committed in %s batches', i.atomic_batch_id,
                        count(DISTINCT (t.worker_id, t.batch_seq)))
    FROM item i JOIN transactions t ON t.transaction_id = i.id
   GROUP BY i.atomic_batch_id HAVING count(DISTINCT (t.worker_id, t.batch_seq)) > 1`;
