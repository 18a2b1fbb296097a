-- Up Migration

-- Filters and columns of a list of the console that somebody gave a name. Its id is the browser's: saved again, it is the same one.
CREATE TABLE saved_views (
  view_id    uuid PRIMARY KEY,
  list       text NOT NULL CHECK (list ~ '^[a-z][a-z-]{0,39}$'),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  -- of the list's address
  query      text NOT NULL CHECK (length(query) <= 4000),
  is_shared  boolean NOT NULL,
  -- the subject of who saved it
  owner      text NOT NULL,
  saved_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX saved_views_owner ON saved_views (owner);
CREATE INDEX saved_views_shared ON saved_views (list) WHERE is_shared;

GRANT SELECT ON saved_views TO wallet_gateway, wallet_audit;

CREATE FUNCTION saved_view_json(v saved_views) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('list', v.list, 'name', v.name, 'query', v.query);
$$;

-- SAVED; NOT_FOUND: it is somebody else's; FULL: its owner has p_max of them, or so many are shared. What others see is on record.
CREATE FUNCTION save_view(p_view_id uuid, p_list text, p_name text, p_query text, p_shared boolean, p_by text, p_max int, p_trace_id text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_before saved_views;
  v_after saved_views;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('saved_views'));
  SELECT * INTO v_before FROM saved_views WHERE view_id = p_view_id;
  IF v_before.owner <> p_by THEN RETURN 'NOT_FOUND'; END IF;
  IF v_before.view_id IS NULL AND (SELECT count(*) FROM saved_views WHERE owner = p_by) >= p_max THEN RETURN 'FULL'; END IF;
  IF p_shared AND v_before.is_shared IS NOT TRUE AND (SELECT count(*) FROM saved_views WHERE is_shared) >= p_max THEN
    RETURN 'FULL';
  END IF;
  INSERT INTO saved_views (view_id, list, name, query, is_shared, owner) VALUES (p_view_id, p_list, p_name, p_query, p_shared, p_by)
    ON CONFLICT (view_id) DO UPDATE SET list = EXCLUDED.list, name = EXCLUDED.name, query = EXCLUDED.query,
      is_shared = EXCLUDED.is_shared, saved_at = clock_timestamp()
    RETURNING * INTO v_after;
  IF v_after.is_shared OR v_before.is_shared THEN
    PERFORM record_act(p_by, CASE WHEN v_after.is_shared THEN 'VIEW_SHARED' ELSE 'VIEW_UNSHARED' END, p_view_id::text,
                       CASE WHEN v_before.is_shared THEN saved_view_json(v_before) END,
                       CASE WHEN v_after.is_shared THEN saved_view_json(v_after) END, NULL, p_trace_id);
  END IF;
  RETURN 'SAVED';
END $$;

-- p_any: also what somebody else shares.
CREATE FUNCTION delete_view(p_view_id uuid, p_by text, p_any boolean, p_trace_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_before saved_views;
BEGIN
  DELETE FROM saved_views WHERE view_id = p_view_id AND (owner = p_by OR (p_any AND is_shared)) RETURNING * INTO v_before;
  IF NOT FOUND THEN RETURN false; END IF;
  IF v_before.is_shared THEN
    PERFORM record_act(p_by, 'VIEW_UNSHARED', p_view_id::text, saved_view_json(v_before), NULL, NULL, p_trace_id);
  END IF;
  RETURN true;
END $$;

-- A digest as it was mailed. Bodies are null once they are not kept any more. Other mails are nobody's business here.
CREATE FUNCTION digest_mail(p_digest_id uuid, OUT subject text, OUT text_body text, OUT html_body text, OUT inline_images jsonb)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.subject, m.text_body, m.html_body, m.inline_images
    FROM digests d JOIN mails m ON m.mail_key = 'digest ' || d.digest_id::text WHERE d.digest_id = p_digest_id;
$$;

REVOKE EXECUTE ON FUNCTION saved_view_json, save_view, delete_view, digest_mail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION save_view, delete_view, digest_mail TO wallet_gateway;
