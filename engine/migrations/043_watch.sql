-- Up Migration

SET LOCAL lock_timeout = '3s';

-- A queue that the broker has had for a while without going away. One that it went away with sooner may have been forgotten half: it is listed,
-- and nobody answers for it. Such a one may be made again, by one program at a time (`claimed_until`); a settled one never is.
ALTER TABLE broker_queues ADD COLUMN settled_at timestamptz(3), ADD COLUMN claimed_until timestamptz(3);
UPDATE broker_queues SET settled_at = clock_timestamp() WHERE made_at < clock_timestamp() - interval '1 minute';

-- As change_webhook (036). Another address is new to the world, too: what failed at the old one is forgotten, and where the platform had paused it
-- for that, it goes on. (One that answered 410 stays DISABLED: that was said, not guessed.)
CREATE FUNCTION change_webhook_v2(p_webhook_id uuid, p_version int, p_change jsonb, p_reason text, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before webhooks;
  v_after webhooks;
  v_status text;
  v_is_new boolean;
BEGIN
  SELECT * INTO v_before FROM webhooks WHERE webhook_id = p_webhook_id AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_before.version <> p_version THEN
    RETURN 'STALE';
  END IF;
  v_after := v_before;
  v_status := coalesce(p_change->>'status', v_before.status);
  v_is_new := v_status = 'ACTIVE' AND v_before.status <> 'ACTIVE';
  IF p_change->>'url' <> v_before.url THEN
    v_after.url := p_change->>'url';
    v_is_new := true;
    IF NOT p_change ? 'status' AND v_before.status = 'PAUSED' AND v_before.status_by = 'platform' THEN
      v_status := 'ACTIVE';
    END IF;
  END IF;
  IF p_change ? 'eventTypes' THEN v_after.event_types := ARRAY(SELECT jsonb_array_elements_text(p_change->'eventTypes')); END IF;
  IF p_change ? 'walletIds' THEN
    v_after.wallet_ids := CASE WHEN p_change->'walletIds' <> 'null'
      THEN ARRAY(SELECT id::uuid FROM jsonb_array_elements_text(p_change->'walletIds') AS id) END;
  END IF;
  IF p_change ? 'description' THEN v_after.description := p_change->>'description'; END IF;
  IF v_status <> v_before.status THEN
    v_after.status := v_status;
    v_after.status_reason := p_reason;
    v_after.status_by := p_by;
    v_after.status_at := clock_timestamp();
  END IF;
  IF v_is_new THEN
    v_after.failures := 0;
    v_after.failing_since := NULL;
    v_after.rests_until := NULL;
  END IF;
  IF v_after.status = 'ACTIVE' AND v_before.status <> 'ACTIVE' THEN
    v_after.backlog_to := (SELECT delivery_id FROM webhook_deliveries WHERE webhook_id = p_webhook_id AND status = 'PENDING'
                            ORDER BY delivery_id DESC LIMIT 1);
    v_after.backlog_after := CASE WHEN v_after.backlog_to IS NOT NULL THEN '00000000-0000-0000-0000-000000000000'::uuid END;
  END IF;
  IF v_after IS NOT DISTINCT FROM v_before THEN
    RETURN 'CHANGED';
  END IF;
  UPDATE webhooks
     SET url = v_after.url, event_types = v_after.event_types, wallet_ids = v_after.wallet_ids, description = v_after.description,
         status = v_after.status, status_reason = v_after.status_reason, status_by = v_after.status_by, status_at = v_after.status_at,
         failures = v_after.failures, failing_since = v_after.failing_since, rests_until = v_after.rests_until,
         backlog_after = v_after.backlog_after, backlog_to = v_after.backlog_to, version = version + 1, updated_at = clock_timestamp()
   WHERE webhook_id = p_webhook_id;
  PERFORM record_act(p_by, 'WEBHOOK_CHANGED', p_webhook_id::text, webhook_in_words(v_before), webhook_in_words(v_after), p_reason,
                     p_trace_id);
  RETURN 'CHANGED';
END $$;

-- As resend_webhook_delivery (036), which promised all of its tries to a delivery that was being sent this moment, and gave it none:
--   ON_ITS_WAY   look what becomes of it first
CREATE FUNCTION resend_webhook_delivery_v2(p_delivery_id uuid, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_delivery webhook_deliveries;
  v_status text;
BEGIN
  SELECT * INTO v_delivery FROM webhook_deliveries WHERE delivery_id = p_delivery_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  SELECT status INTO v_status FROM webhooks WHERE webhook_id = v_delivery.webhook_id AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_status = 'DISABLED' THEN
    RETURN 'DISABLED';
  END IF;
  IF v_delivery.status = 'PENDING' AND v_delivery.leased_until > clock_timestamp() THEN
    RETURN 'ON_ITS_WAY';
  END IF;
  UPDATE webhook_deliveries SET status = 'PENDING', ended_at = NULL, failures = 0, leased_until = NULL, next_attempt_at = clock_timestamp()
   WHERE delivery_id = p_delivery_id;
  PERFORM record_act(p_by, 'WEBHOOK_DELIVERY_RESENT', p_delivery_id::text, jsonb_build_object('status', v_delivery.status),
                     jsonb_build_object('webhookId', v_delivery.webhook_id, 'eventId', v_delivery.event_id), NULL, p_trace_id);
  RETURN 'RESENDING';
END $$;

-- Replays take turns: whose last piece is the longest ago is next.
ALTER TABLE webhook_replays ADD COLUMN turn_at timestamptz NOT NULL DEFAULT clock_timestamp();
GRANT UPDATE (turn_at) ON webhook_replays TO wallet_workers;

REVOKE EXECUTE ON FUNCTION change_webhook_v2, resend_webhook_delivery_v2 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_webhook_v2, resend_webhook_delivery_v2 TO wallet_gateway;
