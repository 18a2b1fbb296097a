/**
 * A change of status or of limits stands in its batch and in the audit log, with the same words; the batch's are sealed. (What a
 * wallet says of its user is no engine's business: see creation-findings.ts.)
 */
export const changeFindings = `
  WITH said AS MATERIALIZED (
    SELECT b.worker_id, b.batch_seq, b.leaf_version, b.created_at, cardinality(b.transaction_ids) AS transactions, change,
           (change->>'changeId')::uuid AS change_id
      FROM ledger_batches b, jsonb_array_elements(b.changes) AS change
  )
  SELECT 'status-changes' AS "check",
         format('change %s of batch %s of engine %s is missing in the audit log, or other there', s.change_id, s.batch_seq, s.worker_id) AS finding
    FROM said s LEFT JOIN audit_log a USING (change_id)
   WHERE a.audit_id IS NULL OR a.at <> s.created_at OR a.caller IS DISTINCT FROM s.change->>'caller'
      OR a.subject IS DISTINCT FROM s.change->>'walletId'
      OR a.detail IS DISTINCT FROM jsonb_build_object('from', s.change->'from', 'to', s.change->'to', 'reason', s.change->'reason')
           || jsonb_strip_nulls(jsonb_build_object('refused', s.change->'refused', 'traceId', s.change->'traceId'))
      OR a.action <> CASE WHEN s.change ? 'refused' THEN 'LIMITS_REFUSED' WHEN jsonb_typeof(s.change->'to') = 'object' THEN 'LIMITS_CHANGED'
                          WHEN s.change->'from' = s.change->'to' THEN 'WALLET_STATUS_KEPT' ELSE 'WALLET_STATUS_CHANGED' END
      OR (s.change->>'place')::int NOT BETWEEN 0 AND s.transactions
  UNION ALL
  SELECT 'status-changes', format('change %s of wallet %s is in no batch', a.change_id, a.subject)
    FROM audit_log a
   WHERE a.change_id IS NOT NULL AND a.action <> 'WALLET_CHANGED' AND NOT EXISTS (SELECT FROM said s WHERE s.change_id = a.change_id)
  UNION ALL
  SELECT 'keys', format('change %s has no key', s.change_id)
    FROM said s WHERE s.leaf_version >= 2 AND NOT EXISTS (
      SELECT FROM idempotency_keys k WHERE k.outcome_kind = 'CHANGE' AND k.outcome_id = s.change_id)`;
