-- Up Migration

SET LOCAL lock_timeout = '3s';

-- When the secrets of a webhook begin and cease to sign; never what they are.
GRANT SELECT (secret_id, webhook_id, created_at, expires_at) ON webhook_secrets TO wallet_gateway;

-- An event that is nobody's, to see whether the endpoint takes it: a delivery like any other, which waits while it is PAUSED. It goes by
-- no filter, so it comes to one that wants no such thing either.
--   SENDING
--   NOT_FOUND
--   DISABLED   the endpoint is
CREATE FUNCTION send_webhook_test(p_delivery_id uuid, p_event_id uuid, p_webhook_id uuid, p_payload text, p_by text, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_status text;
BEGIN
  SELECT status INTO v_status FROM webhooks WHERE webhook_id = p_webhook_id AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  IF v_status = 'DISABLED' THEN
    RETURN 'DISABLED';
  END IF;
  INSERT INTO webhook_events (event_id, payload) VALUES (p_event_id, p_payload);
  INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type)
    VALUES (p_delivery_id, p_webhook_id, p_event_id, 'webhook.test');
  PERFORM record_act(p_by, 'WEBHOOK_TEST_SENT', p_webhook_id::text, NULL,
                     jsonb_build_object('deliveryId', p_delivery_id, 'eventId', p_event_id), NULL, p_trace_id);
  RETURN 'SENDING';
END $$;

-- Ends all sessions of a user, as the user asks; returns how many were open.
CREATE FUNCTION sign_out_everywhere(p_user_id uuid, p_trace_id text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_open uuid[];
BEGIN
  -- A session that starts meanwhile waits for this, or this for it.
  PERFORM FROM ops_users WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_open := ARRAY(SELECT session_id FROM sessions WHERE user_id = p_user_id AND ended_at IS NULL);
  PERFORM end_sessions(v_open, 'SIGNED_OUT', 'user:' || p_user_id, p_trace_id);
  RETURN cardinality(v_open);
END $$;

REVOKE EXECUTE ON FUNCTION send_webhook_test, sign_out_everywhere FROM PUBLIC;
GRANT EXECUTE ON FUNCTION send_webhook_test, sign_out_everywhere TO wallet_gateway;
