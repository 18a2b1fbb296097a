-- Up Migration

SET LOCAL lock_timeout = '3s';

-- As request_digest and request_summary (033), but the same asked for twice while it waits is one, and only so many that people asked for wait.
--   ASKED
--   WAITS       it was asked for already: the id is that of what waits
--   TOO_MANY    p_waiting_max wait already
--   NOT_BEGUN   the day has not begun
CREATE FUNCTION request_digest_v2(p_digest_id uuid, p_email text, p_date date, p_waiting_max int, p_by text, p_trace_id text,
  OUT outcome text, OUT id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_zone text := coalesce((SELECT time_zone FROM digest_recipients WHERE email = p_email), 'UTC');
  v_today date := (clock_timestamp() AT TIME ZONE v_zone)::date;
BEGIN
  IF p_date > v_today THEN
    outcome := 'NOT_BEGUN';
    RETURN;
  END IF;
  -- One at a time: two that look together would both find room.
  PERFORM pg_advisory_xact_lock(hashtext('digests'));
  SELECT digest_id INTO id FROM digests
   WHERE status = 'PENDING' AND requested_by IS NOT NULL AND email = p_email AND frequency = 'DAILY' AND time_zone = v_zone
     AND digest_date = coalesce(p_date, v_today - 1) LIMIT 1;
  IF FOUND THEN
    outcome := 'WAITS';
    RETURN;
  END IF;
  IF (SELECT count(*) FROM digests WHERE status = 'PENDING' AND requested_by IS NOT NULL) >= p_waiting_max THEN
    outcome := 'TOO_MANY';
    RETURN;
  END IF;
  INSERT INTO digests (digest_id, email, frequency, digest_date, time_zone, requested_by)
  VALUES (p_digest_id, p_email, 'DAILY', coalesce(p_date, v_today - 1), v_zone, p_by);
  PERFORM record_act(p_by, 'DIGEST_REQUESTED', p_digest_id::text, NULL,
                     jsonb_build_object('email', p_email, 'date', coalesce(p_date, v_today - 1)), NULL, p_trace_id);
  outcome := 'ASKED';
  id := p_digest_id;
END $$;

-- The schedule's own request of the day is the same thing.
CREATE FUNCTION request_summary_v2(p_request_id uuid, p_date date, p_waiting_max int, p_by text, p_trace_id text, OUT outcome text, OUT id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_date > (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
    outcome := 'NOT_BEGUN';
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('summary_requests'));
  SELECT request_id INTO id FROM summary_requests WHERE summary_id IS NULL AND summary_date = p_date ORDER BY requested_at LIMIT 1;
  IF FOUND THEN
    outcome := 'WAITS';
    RETURN;
  END IF;
  IF (SELECT count(*) FROM summary_requests WHERE summary_id IS NULL AND requested_by IS NOT NULL) >= p_waiting_max THEN
    outcome := 'TOO_MANY';
    RETURN;
  END IF;
  INSERT INTO summary_requests (request_id, summary_date, requested_by) VALUES (p_request_id, p_date, p_by);
  PERFORM record_act(p_by, 'SUMMARY_REQUESTED', p_date::text, NULL, jsonb_build_object('requestId', p_request_id), NULL, p_trace_id);
  outcome := 'ASKED';
  id := p_request_id;
END $$;

REVOKE EXECUTE ON FUNCTION request_digest_v2, request_summary_v2 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_digest_v2, request_summary_v2 TO wallet_gateway;
