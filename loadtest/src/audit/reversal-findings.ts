/** Every reversal that succeeded is one row of the audit log, with its words, and each such row is one of them. */
export const reversalFindings = `
  WITH recorded AS MATERIALIZED (
    SELECT audit_id, at, caller, subject, detail, detail->'after'->>'transactionId' AS transaction_id
      FROM audit_log WHERE action = 'TRANSACTION_REVERSED'
  ), reversal AS MATERIALIZED (
    SELECT t.transaction_id::text AS transaction_id, coalesce(p.requested_by, t.caller) AS caller, t.parent_transaction_id::text AS original_id, t.created_at,
           jsonb_build_object('after', jsonb_build_object('transactionId', t.transaction_id, 'amount', t.amount::text, 'currency', t.currency)
                                       || CASE WHEN p.approval_id IS NULL THEN '{}'
                                               ELSE jsonb_build_object('approvalId', p.approval_id, 'decidedBy', p.decided_by) END)
             || jsonb_strip_nulls(jsonb_build_object('reason', t.description, 'traceId', traced->'traceId')) AS detail
      FROM transactions t
           LEFT JOIN ledger_batches b ON b.worker_id = t.worker_id AND b.batch_seq = t.batch_seq
           LEFT JOIN approvals p ON p.approval_id = CASE WHEN t.caller = E'\\x01platform' AND t.idempotency_key ~ '^approval [0-9a-f-]{36}$'
                                                         THEN right(t.idempotency_key, 36)::uuid END
           LEFT JOIN jsonb_array_elements(b.figures->'reversals') AS traced ON traced->>'transactionId' = t.transaction_id::text
     WHERE t.kind::text = 'REVERSAL' AND t.status = 'SUCCESS'
  )
  SELECT 'reversals-recorded' AS "check",
         format('reversal %s stands %s times in the audit log, %s of them as it was', r.transaction_id, count(a.audit_id),
                count(*) FILTER (WHERE a.at = r.created_at AND a.caller = r.caller AND a.subject = r.original_id AND a.detail = r.detail)) AS finding
    FROM reversal r LEFT JOIN recorded a USING (transaction_id)
   GROUP BY r.transaction_id
  HAVING count(a.audit_id) <> 1
      OR count(*) FILTER (WHERE a.at = r.created_at AND a.caller = r.caller AND a.subject = r.original_id AND a.detail = r.detail) <> 1
  UNION ALL
  SELECT 'reversals-recorded', format('row %s of the audit log is of a reversal that was never made: %s', a.audit_id,
                                      coalesce(a.transaction_id, 'none'))
    FROM recorded a WHERE NOT EXISTS (SELECT FROM reversal r WHERE r.transaction_id = a.transaction_id)`;
