-- Up Migration

SET LOCAL lock_timeout = '3s';

-- Who is told of an alert is for operators to read, and an event goes to every subscriber of the broker and to endpoints outside. Nothing is
-- appended meanwhile: whoever appends changes this row first.
SELECT FROM alert_evaluator FOR UPDATE;

-- As alert_event_data (031), but nobody's address. The field stays: readers know its shape.
-- older programs: evaluators call it for what they append, and publish what it made without a look at it
CREATE OR REPLACE FUNCTION alert_event_data(p_alert alerts) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('alertId', (p_alert).alert_id, 'alertType', (p_alert).alert_type, 'subject', (p_alert).subject,
    'severity', (p_alert).severity, 'status', (p_alert).status, 'message', (p_alert).message, 'value', (p_alert).value,
    'threshold', (p_alert).threshold, 'recipients', '[]'::jsonb, 'details', (p_alert).details,
    'createdAt', api_time((p_alert).created_at), 'sentAt', api_time((p_alert).sent_at),
    'acknowledgedAt', api_time((p_alert).acknowledged_at), 'acknowledgedBy', (p_alert).acknowledged_by,
    'resolvedAt', api_time((p_alert).resolved_at))
$$;

-- Replays read what was appended, retries and resends what an endpoint was owed.
UPDATE alert_events SET data = jsonb_set(data, '{recipients}', '[]', false) WHERE data->'recipients' <> '[]';
UPDATE webhook_events w SET payload = jsonb_set(w.payload::jsonb, '{data,recipients}', '[]', false)::text
  FROM alert_events a WHERE a.event_id = w.event_id;
