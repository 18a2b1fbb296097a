/** As `approvalKey` of the engine's contract has it; the payments of an atomic batch add their place. */
const ofApproval = `caller = E'\\x01platform' AND idempotency_key ~ '^approval [0-9a-f-]{36}( #[0-9]+)?$'`;

/**
 * What two people decided is what was done: all that was made under an approval's key belongs to one that was approved, by somebody
 * else than who asked, and is what was shown; and what an approval says it made is there. Of tokens that move money, the development
 * token alone mints some without.
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
   WHERE t.role IN ('service', 'operator') AND t.minted_by <> 'dev' AND a.approval_id IS NULL`;
