/** As `approvalKey` of the engine's contract has it; the payments of an atomic batch add their place. */
const ofApproval = `caller = E'\\x01platform' AND idempotency_key ~ '^approval [0-9a-f-]{36}( #[0-9]+)?$'`;

/**
 * What two people decided is what was done: all that was made under an approval's key belongs to one that was approved, by somebody
 * else than who asked, and is what was shown; and what an approval says it made is there. Of tokens that move money, the development
 * token alone mints some without. What was done to users is in the audit log as its approval has it.
 */
export const approvalFindings = `
  WITH made AS MATERIALIZED (
    SELECT transaction_id, kind, amount, currency, substr(idempotency_key, 10, 36)::uuid AS approval_id
      FROM transactions WHERE ${ofApproval}
  ), said AS (
    SELECT a.approval_id, id::uuid AS transaction_id
      FROM approvals a, jsonb_array_elements_text(a.result->'transactionIds') AS id
  )
  SELECT 'approvals' AS "check", format('approval %s: its asker''s key is missing or names another thing', a.approval_id) AS finding
    FROM approvals a
    LEFT JOIN idempotency_keys k ON k.key_digest = a.key_digest AND k.outcome_kind = 'APPROVAL' AND k.outcome_id = a.approval_id
   WHERE k.key_digest IS NULL
  UNION ALL
  SELECT 'approvals', format('transaction %s was made under approval %s, which no second person approved', m.transaction_id, m.approval_id)
    FROM made m
    LEFT JOIN approvals a ON a.approval_id = m.approval_id AND a.status = 'APPROVED' AND a.decided_user_id <> a.requested_user_id
   WHERE a.approval_id IS NULL
  UNION ALL
  SELECT 'approvals', format('transaction %s is not what approval %s shows', m.transaction_id, a.approval_id)
    FROM made m JOIN approvals a USING (approval_id)
   WHERE a.action <> 'PAYMENT_BATCH'
     AND (m.kind::text, m.amount, m.currency::text)
         IS DISTINCT FROM (a.action, (a.payload->>'amount')::numeric, a.payload->>'currency')
  UNION ALL
  SELECT 'approvals', format('approval %s says that it made %s, which is missing or another one''s', s.approval_id, s.transaction_id)
    FROM said s LEFT JOIN made m ON m.approval_id = s.approval_id AND m.transaction_id = s.transaction_id
   WHERE m.transaction_id IS NULL
  UNION ALL
  SELECT 'approvals', format('token %s moves money, was minted by %s, and no second person approved it as it is', t.token_id, t.minted_by)
    FROM api_tokens t
    LEFT JOIN approvals a ON a.approval_id = t.token_id AND a.action = 'TOKEN_MINT' AND a.status = 'APPROVED'
                         AND a.decided_user_id <> a.requested_user_id AND a.requested_by = t.minted_by
                         AND (a.payload->>'role', a.payload->>'caller') = (t.role, t.caller)
                         AND a.payload->>'scope' IS NOT DISTINCT FROM t.scope
   WHERE t.role IN ('service', 'operator') AND t.minted_by <> 'dev' AND a.approval_id IS NULL
  UNION ALL
  SELECT 'approvals', format('%s of user %s names approval %s, by which no two people agreed on it', l.action, l.subject,
                             l.detail->'after'->>'approvalId')
    FROM audit_log l
    LEFT JOIN approvals a ON a.approval_id = (l.detail->'after'->>'approvalId')::uuid AND a.status = 'APPROVED'
                         AND a.decided_user_id <> a.requested_user_id AND a.requested_by = l.caller
                         AND a.decided_by = l.detail->'after'->>'decidedBy' AND a.result->>'userId' = l.subject
                         AND (l.action = 'USER_CREATED') = (a.action = 'USER_CREATE')
                         AND (l.action NOT IN ('USER_CREATED', 'ROLE_CHANGED') OR a.payload->>'role' = l.detail->'after'->>'role')
   WHERE l.action IN ('USER_CREATED', 'ROLE_CHANGED', 'USER_DISABLED', 'USER_ENABLED', 'PASSWORD_SET')
     AND l.detail->'after'->>'approvalId' IS NOT NULL AND a.approval_id IS NULL
  UNION ALL
  SELECT 'approvals', format('approval %s says that it was done to user %s, which the audit log does not say', a.approval_id, a.result->>'userId')
    FROM approvals a
   WHERE a.action IN ('USER_CREATE', 'USER_CHANGE') AND a.result->>'userId' IS NOT NULL
     AND NOT EXISTS (SELECT FROM audit_log l
                      WHERE l.subject = a.result->>'userId' AND l.detail->'after'->>'approvalId' = a.approval_id::text)`;
