-- Up Migration

-- Every atomic batch of before reserves its own key too, so that nothing else is made under it. Payments go on meanwhile: this
-- only adds rows. A key that something else was made under keeps that; the payments of such a batch are found by their own keys.
WITH item AS MATERIALIZED (
  SELECT t.*, form[1] AS batch_key, form[2]::int AS place
    FROM transactions t, regexp_match(t.idempotency_key, '^(.+)#(0|[1-9][0-9]{0,3})$') AS form
   WHERE t.kind = 'PAYMENT' AND form IS NOT NULL
), batch AS MATERIALIZED (
  SELECT caller, batch_key, request_hash, array_agg(transaction_id ORDER BY place) AS transaction_ids
    FROM item GROUP BY worker_id, batch_seq, caller, batch_key, request_hash
  -- A single payment whose caller chose such a key carries its own request's hash.
  HAVING bool_or(place = 0 AND request_hash <> transfer_request_hash(kind, sender_wallet_id, receiver_wallet_id, amount,
                                                                      currency, reference, description, metadata))
), reserved AS (
  INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash, outcome_kind)
    SELECT key_digest_of(caller, batch_key), transaction_ids[1], request_hash, 'ATOMIC_BATCH' FROM batch ORDER BY 1
  ON CONFLICT (key_digest) DO NOTHING
  RETURNING outcome_id
)
INSERT INTO atomic_batches (atomic_batch_id, caller, idempotency_key, request_hash, transaction_ids, items_keyed)
  SELECT transaction_ids[1], caller, batch_key, request_hash, transaction_ids, true
    FROM batch WHERE transaction_ids[1] IN (SELECT outcome_id FROM reserved);
