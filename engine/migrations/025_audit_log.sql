-- Up Migration

SET LOCAL lock_timeout = '3s';

-- What was done with whose token stands in audit_log. Its `detail` is, from here on, {before, after, reason, traceId}, what is not
-- there left out; older rows, and those of apply_batch, have {from, to, reason, traceId, refused}, which the gateway reads alike.

-- A row for each of these transactions that is a reversal and succeeded. Their batches say of which request they were:
-- figures->'reversals' is [{transactionId, traceId}]. As in apply_batch_v4, `= ANY (ARRAY[…])` leaves the primary key as the only way,
-- whatever the statistics.
CREATE FUNCTION record_reversals(p_transaction_ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  INSERT INTO audit_log (at, caller, action, subject, detail)
    SELECT t.created_at, t.caller, 'TRANSACTION_REVERSED', t.parent_transaction_id,
           jsonb_build_object('after', jsonb_build_object('transactionId', t.transaction_id, 'amount', t.amount::text, 'currency', t.currency))
             || jsonb_strip_nulls(jsonb_build_object('reason', t.description, 'traceId', (
                  SELECT one->'traceId' FROM ledger_batches b, jsonb_array_elements(b.figures->'reversals') AS one
                   WHERE b.worker_id = ANY (ARRAY[t.worker_id]) AND b.batch_seq = ANY (ARRAY[t.batch_seq])
                     AND one->>'transactionId' = t.transaction_id::text LIMIT 1)))
      FROM unnest(p_transaction_ids) WITH ORDINALITY AS listed (id, ix), transactions t
     WHERE t.transaction_id = ANY (ARRAY[listed.id]) AND t.kind = 'REVERSAL' AND t.status = 'SUCCESS'
     ORDER BY ix
$$;

CREATE FUNCTION record_reversal_of_original() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  PERFORM record_reversals(ARRAY(
    SELECT transaction_id FROM transactions
     WHERE parent_transaction_id = NEW.transaction_id AND status = 'SUCCESS' AND kind = 'REVERSAL'));
  RETURN NULL;
END $$;

-- The reversals of before get theirs, too: every reversal has one. First all that are there, while others come: by the originals of
-- which nothing is left, so that only what was paid back is read, however large the ledger is.
CREATE FUNCTION record_reversals_of_before() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  SELECT record_reversals(ARRAY(
    SELECT t.transaction_id FROM transactions t
     WHERE t.parent_transaction_id = ANY (ARRAY[r.transaction_id]) AND t.status = 'SUCCESS' AND t.kind = 'REVERSAL'))
    FROM refund_totals r WHERE r.refunded = r.amount
$$;
DO $$ BEGIN
  PERFORM record_reversals_of_before();
END $$;
DROP FUNCTION record_reversals_of_before();

-- A reversal is on record in the commit that makes it, whichever version of an engine makes it. It takes all that is left of its
-- original, of which apply_refunds writes a row here, and that before the transactions: so it is looked for at the end of the commit.
-- Payments touch no such row, and pay nothing.
CREATE CONSTRAINT TRIGGER refund_totals_reversals AFTER INSERT OR UPDATE OF refunded ON refund_totals DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.refunded = NEW.amount) EXECUTE FUNCTION record_reversal_of_original();

-- From here on no reversal commits until this migration does. Those that did since it was begun:
DO $$ BEGIN
  PERFORM record_reversals(ARRAY(
    SELECT t.transaction_id FROM ledger_batches b, unnest(b.transaction_ids) AS id, transactions t
     WHERE b.created_at > transaction_timestamp() - interval '10 minutes' AND b.figures->'countByKind' ? 'REVERSAL'
       AND t.transaction_id = ANY (ARRAY[id]) AND t.kind = 'REVERSAL' AND t.status = 'SUCCESS'
       AND NOT EXISTS (SELECT FROM audit_log WHERE subject = t.parent_transaction_id::text AND action = 'TRANSACTION_REVERSED')));
END $$;

-- No role of a program could ever change it. Its owner cannot by mistake, either: who must, disables this trigger first.
CREATE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit log stays as it was written' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER audit_log_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log();

-- Lists are in the order of (at, audit_id). `migrate` goes on to build the indexes for them beside payments (audit-log-indexes.ts).
DROP INDEX audit_log_subject;

-- Who took which rows out: written before the first one leaves, and once more when the export is over.
CREATE FUNCTION record_export(p_action text, p_subject text, p_by text, p_after jsonb, p_trace_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_action NOT IN ('TRANSACTIONS_EXPORTED', 'STATEMENT_EXPORTED', 'EXPORT_ENDED') THEN
    RAISE EXCEPTION 'not an action of an export: %', p_action USING ERRCODE = '22023';
  END IF;
  INSERT INTO audit_log (caller, action, subject, detail)
  VALUES (p_by, p_action, p_subject, jsonb_build_object('after', p_after, 'traceId', p_trace_id));
END $$;

REVOKE EXECUTE ON FUNCTION record_reversals, record_reversal_of_original, keep_audit_log, record_export FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_export TO wallet_gateway;
