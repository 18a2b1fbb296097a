-- Up Migration

SET LOCAL lock_timeout = '3s';

-- What waits behind this delivery has not been held against the webhook's types and wallets since they changed; null: all of it has.
-- What waits already may be of types or wallets of before.
ALTER TABLE webhooks ADD COLUMN unfiltered_after uuid;
UPDATE webhooks SET unfiltered_after = '00000000-0000-0000-0000-000000000000' WHERE deleted_at IS NULL;
GRANT UPDATE (unfiltered_after) ON webhooks TO wallet_workers;

-- Whether a webhook wants an event, as `wants` of the workers says it: for those who may not read what is sent. A test goes by no filter.
-- Null: what was to be sent is not kept any more, and nobody knows which wallets it named.
CREATE FUNCTION webhook_wants(p_webhook webhooks, p_event_type text, p_payload text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT p_event_type = 'webhook.test'
      OR (p_webhook).event_types && ARRAY['*', p_event_type]
         AND CASE WHEN (p_webhook).wallet_ids IS NULL THEN true
                  WHEN p_payload IS NOT NULL THEN EXISTS (
                    SELECT FROM jsonb_each_text(p_payload::jsonb->'data') AS said
                     WHERE said.key IN ('senderWalletId', 'receiverWalletId', 'walletId', 'subject')
                       AND said.value = ANY ((p_webhook).wallet_ids::text[]))
             END;
$$;

-- As change_webhook_v2 (043). Where types or wallets change, the workers end what waits and is wanted no more.
CREATE FUNCTION change_webhook_v3(p_webhook_id uuid, p_version int, p_change jsonb, p_reason text, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before webhooks;
  v_outcome text;
BEGIN
  SELECT * INTO v_before FROM webhooks WHERE webhook_id = p_webhook_id FOR UPDATE;
  v_outcome := change_webhook_v2(p_webhook_id, p_version, p_change, p_reason, p_by, p_trace_id);
  IF v_outcome = 'CHANGED' THEN
    UPDATE webhooks SET unfiltered_after = '00000000-0000-0000-0000-000000000000'
     WHERE webhook_id = p_webhook_id AND (event_types, wallet_ids) IS DISTINCT FROM (v_before.event_types, v_before.wallet_ids);
  END IF;
  RETURN v_outcome;
END $$;

-- As resend_webhook_delivery_v2 (043), but not of what the webhook wants no more:
--   NOT_WANTED   by its types and wallets as they are now
CREATE FUNCTION resend_webhook_delivery_v3(p_delivery_id uuid, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_wants boolean;
BEGIN
  SELECT webhook_wants(w, d.event_type, e.payload) INTO v_wants
    FROM webhook_deliveries d JOIN webhooks w ON w.webhook_id = d.webhook_id AND w.deleted_at IS NULL AND w.status <> 'DISABLED'
    LEFT JOIN webhook_events e ON e.event_id = d.event_id
   WHERE d.delivery_id = p_delivery_id;
  IF NOT v_wants THEN
    RETURN 'NOT_WANTED';
  END IF;
  RETURN resend_webhook_delivery_v2(p_delivery_id, p_by, p_trace_id);
END $$;

REVOKE EXECUTE ON FUNCTION webhook_wants, change_webhook_v3, resend_webhook_delivery_v3 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_wants TO wallet_workers;
GRANT EXECUTE ON FUNCTION change_webhook_v3, resend_webhook_delivery_v3 TO wallet_gateway;
