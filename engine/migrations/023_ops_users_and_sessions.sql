-- Up Migration

-- People who sign in, and their sessions. Every change is made by a function here, which writes its line of the audit log in the same
-- commit. Locks are taken in this order: the advisory lock of ops_users, the user's row, rows of sessions by their id.

SET LOCAL lock_timeout = '3s';

CREATE TABLE ops_users (
  user_id       uuid PRIMARY KEY,
  email         text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 1 AND 254),
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  role          text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  -- PHC string; null: comes with a token of the identity provider, which says the role
  password_hash text CHECK (length(password_hash) <= 255),
  has_password  boolean NOT NULL GENERATED ALWAYS AS (password_hash IS NOT NULL) STORED,
  disabled_at   timestamptz(3),
  -- rises with each change
  version       int NOT NULL DEFAULT 1,
  created_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ops_users_disabled ON ops_users (user_id) WHERE disabled_at IS NOT NULL;

-- Who a subject of the identity provider is. A person may have several, and a password too: still one person.
CREATE TABLE ops_user_subjects (
  subject text PRIMARY KEY CHECK (length(subject) <= 500),
  user_id uuid NOT NULL REFERENCES ops_users
);

-- A family of refresh tokens: each one is used once, for the next. They stand here as SHA-256 alone.
CREATE TABLE sessions (
  session_id    uuid PRIMARY KEY,
  user_id       uuid NOT NULL REFERENCES ops_users,
  -- of the refresh token that is good now
  generation    int NOT NULL DEFAULT 0,
  refresh_hash  bytea NOT NULL CHECK (length(refresh_hash) = 32),
  -- of the one before it
  previous_hash bytea CHECK (length(previous_hash) = 32),
  created_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  rotated_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- moves on with each rotation
  ends_at       timestamptz(3) NOT NULL,
  ended_at      timestamptz(3),
  ended_reason  text CHECK (ended_reason IN ('SIGNED_OUT', 'REUSED', 'PASSWORD_SET', 'ROLE_CHANGED', 'USER_DISABLED', 'TOO_MANY')),
  CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- No hash of a password or of a refresh token.
GRANT SELECT (user_id, email, name, role, has_password, disabled_at, version, created_at, updated_at)
  ON ops_users TO wallet_gateway, wallet_audit;
GRANT SELECT ON ops_user_subjects TO wallet_gateway, wallet_audit;
GRANT SELECT (session_id, user_id, generation, created_at, rotated_at, ends_at, ended_at, ended_reason)
  ON sessions TO wallet_gateway, wallet_audit;

-- A line of the audit log; what is null is left out. For the functions here: no role may call it.
CREATE FUNCTION record_act(p_by text, p_action text, p_subject text, p_before jsonb, p_after jsonb, p_reason text, p_trace_id text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_log (caller, action, subject, detail)
  VALUES (p_by, p_action, p_subject,
          jsonb_strip_nulls(jsonb_build_object('before', p_before, 'after', p_after, 'reason', p_reason, 'traceId', p_trace_id)));
$$;

-- For the functions here: no role may call it. What has ended already stays as it is.
CREATE FUNCTION end_sessions(p_session_ids uuid[], p_ended_reason text, p_by text, p_trace_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_session record;
BEGIN
  FOR v_session IN
    SELECT session_id, user_id FROM sessions WHERE session_id = ANY (p_session_ids) AND ended_at IS NULL ORDER BY session_id FOR UPDATE
  LOOP
    UPDATE sessions SET ended_at = clock_timestamp(), ended_reason = p_ended_reason WHERE session_id = v_session.session_id;
    PERFORM record_act(p_by, 'SESSION_ENDED', v_session.session_id::text, NULL,
                       jsonb_build_object('userId', v_session.user_id, 'ended', p_ended_reason), NULL, p_trace_id);
  END LOOP;
END $$;

-- A token is taken for some seconds after its user was disabled or given another role: whoever is asked by it to change users looks here
-- first, or the user would undo that at once, again and again. Who is no user (the development token, a command) may. For the functions
-- here, which hold the lock of users: no role may call it.
CREATE FUNCTION may_change_users(p_by text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM ops_users u
                      WHERE 'user:' || u.user_id::text = p_by AND (u.disabled_at IS NOT NULL OR u.role <> 'admin'))
     AND NOT EXISTS (SELECT FROM ops_user_subjects s JOIN ops_users u USING (user_id)
                      WHERE s.subject = p_by AND u.disabled_at IS NOT NULL);
$$;

-- CREATED, EMAIL_TAKEN, NOT_ALLOWED (any more), or TOO_MANY when there are p_max already.
CREATE FUNCTION create_user(p_user_id uuid, p_email text, p_name text, p_role text, p_password_hash text, p_by text, p_reason text,
  p_trace_id text, p_max int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ops_users'));
  IF NOT may_change_users(p_by) THEN
    RETURN 'NOT_ALLOWED';
  END IF;
  IF EXISTS (SELECT FROM ops_users WHERE email = p_email) THEN
    RETURN 'EMAIL_TAKEN';
  END IF;
  IF (SELECT count(*) FROM ops_users) >= p_max THEN
    RETURN 'TOO_MANY';
  END IF;
  INSERT INTO ops_users (user_id, email, name, role, password_hash) VALUES (p_user_id, p_email, p_name, p_role, p_password_hash);
  PERFORM record_act(p_by, 'USER_CREATED', p_user_id::text, NULL,
                     jsonb_build_object('email', p_email, 'name', p_name, 'role', p_role), p_reason, p_trace_id);
  RETURN 'CREATED';
END $$;

-- An admin, where there is none who can sign in: CREATED, ADMIN_EXISTS or EMAIL_TAKEN.
CREATE FUNCTION create_first_admin(p_user_id uuid, p_email text, p_name text, p_password_hash text, p_by text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ops_users'));
  IF EXISTS (SELECT FROM ops_users WHERE role = 'admin' AND disabled_at IS NULL AND has_password) THEN
    RETURN 'ADMIN_EXISTS';
  END IF;
  RETURN create_user(p_user_id, p_email, p_name, 'admin', p_password_hash, p_by, 'there was no admin', NULL, 2147483647);
END $$;

-- Changes what is not null. Another role, a password and disabling end all sessions of the user. With p_expected_version only the user
-- as it was then. CHANGED, NOT_FOUND, STALE, NOT_ALLOWED (any more), or LAST_ADMIN: nobody who can sign in would be left to make another.
CREATE FUNCTION change_user(p_user_id uuid, p_role text, p_disabled boolean, p_password_hash text, p_expected_version int, p_by text,
  p_reason text, p_trace_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_user ops_users;
  v_changes_role boolean;
  v_disables boolean;
  v_enables boolean;
BEGIN
  -- One at a time: two admins who disable each other would each count the other. The next statements see what was committed meanwhile.
  PERFORM pg_advisory_xact_lock(hashtext('ops_users'));
  SELECT * INTO v_user FROM ops_users WHERE user_id = p_user_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'NOT_FOUND';
  END IF;
  -- One's own password is every user's to change.
  IF (p_role IS NOT NULL OR p_disabled IS NOT NULL OR p_by <> 'user:' || p_user_id OR v_user.disabled_at IS NOT NULL)
     AND NOT may_change_users(p_by) THEN
    RETURN 'NOT_ALLOWED';
  END IF;
  IF p_expected_version IS NOT NULL AND v_user.version <> p_expected_version THEN
    RETURN 'STALE';
  END IF;
  v_changes_role := coalesce(p_role <> v_user.role, false);
  v_disables := coalesce(p_disabled, false) AND v_user.disabled_at IS NULL;
  v_enables := NOT coalesce(p_disabled, true) AND v_user.disabled_at IS NOT NULL;
  IF NOT (v_changes_role OR v_disables OR v_enables OR p_password_hash IS NOT NULL) THEN
    RETURN 'CHANGED';
  END IF;
  IF (v_disables OR v_changes_role) AND v_user.role = 'admin' AND v_user.disabled_at IS NULL AND v_user.has_password
     AND NOT EXISTS (SELECT FROM ops_users
                      WHERE role = 'admin' AND disabled_at IS NULL AND has_password AND user_id <> p_user_id) THEN
    RETURN 'LAST_ADMIN';
  END IF;
  UPDATE ops_users
     SET role = coalesce(p_role, role), password_hash = coalesce(p_password_hash, password_hash),
         disabled_at = CASE WHEN v_disables THEN clock_timestamp() WHEN v_enables THEN NULL ELSE disabled_at END,
         version = version + 1, updated_at = clock_timestamp()
   WHERE user_id = p_user_id;
  IF v_changes_role THEN
    PERFORM record_act(p_by, 'ROLE_CHANGED', p_user_id::text, jsonb_build_object('role', v_user.role),
                       jsonb_build_object('role', p_role), p_reason, p_trace_id);
  END IF;
  IF v_disables OR v_enables THEN
    PERFORM record_act(p_by, CASE WHEN v_disables THEN 'USER_DISABLED' ELSE 'USER_ENABLED' END, p_user_id::text,
                       jsonb_build_object('disabled', v_enables), jsonb_build_object('disabled', v_disables), p_reason, p_trace_id);
  END IF;
  IF p_password_hash IS NOT NULL THEN
    PERFORM record_act(p_by, 'PASSWORD_SET', p_user_id::text, NULL, NULL, p_reason, p_trace_id);
  END IF;
  IF v_changes_role OR v_disables OR p_password_hash IS NOT NULL THEN
    PERFORM end_sessions(
      (SELECT array_agg(session_id) FROM sessions WHERE user_id = p_user_id AND ended_at IS NULL),
      CASE WHEN v_disables THEN 'USER_DISABLED' WHEN v_changes_role THEN 'ROLE_CHANGED' ELSE 'PASSWORD_SET' END, p_by, p_trace_id);
  END IF;
  RETURN 'CHANGED';
END $$;

-- What signing in and changing one's password need: of the user of that e-mail, or of that id. One who may not sign in has no row.
CREATE FUNCTION password_to_check(p_email text, p_user_id uuid)
RETURNS TABLE (user_id uuid, email text, name text, role text, version int, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.user_id, u.email, u.name, u.role, u.version, u.password_hash FROM ops_users u
   WHERE (u.email = p_email OR u.user_id = p_user_id) AND u.disabled_at IS NULL AND u.has_password;
$$;

-- When it ends; null: the user was changed or disabled since the password was looked at. The oldest sessions above p_max end.
CREATE FUNCTION start_session(p_session_id uuid, p_user_id uuid, p_version int, p_refresh_hash bytea, p_idle interval, p_max int,
  p_trace_id text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_by text := 'user:' || p_user_id;
  v_ends_at timestamptz(3) := clock_timestamp() + p_idle;
BEGIN
  -- A change of the user waits for this, and then ends this session too; or this waits for it, and sees another version.
  PERFORM FROM ops_users WHERE user_id = p_user_id AND version = p_version AND disabled_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  DELETE FROM sessions WHERE user_id = p_user_id AND ends_at < clock_timestamp() - interval '1 day';
  INSERT INTO sessions (session_id, user_id, refresh_hash, ends_at) VALUES (p_session_id, p_user_id, p_refresh_hash, v_ends_at);
  PERFORM record_act(v_by, 'SESSION_STARTED', p_session_id::text, NULL, jsonb_build_object('userId', p_user_id), NULL, p_trace_id);
  PERFORM end_sessions(
    (SELECT array_agg(session_id) FROM (
       SELECT session_id FROM sessions WHERE user_id = p_user_id AND ended_at IS NULL AND session_id <> p_session_id
        ORDER BY created_at DESC, session_id DESC OFFSET p_max - 1) oldest),
    'TOO_MANY', v_by, p_trace_id);
  RETURN v_ends_at;
END $$;

-- Takes a refresh token, which is known to be one that was given out, for the next.
--   ROTATED  the next one is good from now on
--   AGAIN    the one before it, within p_grace: its successor is given out once more
--   REUSED   it was used before: somebody else has it, and the session ends
--   ENDED    the session has ended
--   UNKNOWN  there is no such session or token
CREATE FUNCTION rotate_session(p_session_id uuid, p_generation int, p_hash bytea, p_next_hash bytea, p_grace interval, p_idle interval,
  p_longest interval, p_trace_id text)
RETURNS TABLE (outcome text, user_id uuid, email text, name text, role text, ends_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_session sessions;
  v_now timestamptz;
  v_outcome text;
BEGIN
  SELECT * INTO v_session FROM sessions WHERE session_id = p_session_id FOR UPDATE;
  v_now := clock_timestamp();
  IF NOT FOUND THEN
    v_outcome := 'UNKNOWN';
  ELSIF v_session.ended_at IS NOT NULL OR v_session.ends_at <= v_now THEN
    v_outcome := 'ENDED';
  ELSIF p_generation = v_session.generation AND p_hash = v_session.refresh_hash THEN
    v_outcome := 'ROTATED';
    UPDATE sessions
       SET generation = generation + 1, previous_hash = refresh_hash, refresh_hash = p_next_hash, rotated_at = v_now,
           ends_at = least(v_now + p_idle, created_at + p_longest)
     WHERE session_id = p_session_id;
  ELSIF p_generation = v_session.generation - 1 AND p_hash = v_session.previous_hash AND p_next_hash = v_session.refresh_hash
        AND v_now < v_session.rotated_at + p_grace THEN
    v_outcome := 'AGAIN';
  ELSIF p_generation < v_session.generation THEN
    v_outcome := 'REUSED';
    PERFORM record_act('user:' || v_session.user_id, 'SESSION_REUSE_DETECTED', p_session_id::text, NULL,
                       jsonb_build_object('userId', v_session.user_id), NULL, p_trace_id);
    PERFORM end_sessions(ARRAY[p_session_id], 'REUSED', 'user:' || v_session.user_id, p_trace_id);
  ELSE
    v_outcome := 'UNKNOWN';
  END IF;
  IF v_outcome NOT IN ('ROTATED', 'AGAIN') THEN
    RETURN QUERY SELECT v_outcome, NULL::uuid, NULL, NULL, NULL, NULL::timestamptz;
  ELSE
    RETURN QUERY SELECT v_outcome, u.user_id, u.email, u.name, u.role, s.ends_at::timestamptz
                   FROM sessions s JOIN ops_users u USING (user_id) WHERE s.session_id = p_session_id;
  END IF;
END $$;

-- One that has ended already, or never was, is nothing to write down.
CREATE FUNCTION sign_out(p_session_id uuid, p_trace_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT end_sessions(ARRAY[session_id], 'SIGNED_OUT', 'user:' || user_id, p_trace_id) FROM sessions WHERE session_id = p_session_id;
$$;

-- A person of the identity provider, as its token says; made at first use, with p_user_id. Who has this e-mail already is the same
-- person. Who has no password has the role that the provider says. Null: there are p_max already.
CREATE FUNCTION enter_person(p_subject text, p_user_id uuid, p_email text, p_name text, p_role text, p_trace_id text, p_max int)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_user ops_users;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ops_users'));
  SELECT u.* INTO v_user FROM ops_users u JOIN ops_user_subjects s USING (user_id) WHERE s.subject = p_subject FOR UPDATE OF u;
  IF NOT FOUND THEN
    SELECT * INTO v_user FROM ops_users WHERE email = p_email FOR UPDATE;
    IF NOT FOUND THEN
      IF (SELECT count(*) FROM ops_users) >= p_max THEN
        RETURN NULL;
      END IF;
      INSERT INTO ops_users (user_id, email, name, role) VALUES (p_user_id, p_email, p_name, p_role) RETURNING * INTO v_user;
      PERFORM record_act(p_subject, 'USER_CREATED', p_user_id::text, NULL,
                         jsonb_build_object('email', p_email, 'name', p_name, 'role', p_role, 'identity', p_subject),
                         'came with a token of the identity provider', p_trace_id);
    ELSE
      PERFORM record_act(p_subject, 'USER_IDENTITY_ADDED', v_user.user_id::text, NULL,
                         jsonb_build_object('identity', p_subject), 'came with a token of the identity provider', p_trace_id);
    END IF;
    INSERT INTO ops_user_subjects (subject, user_id) VALUES (p_subject, v_user.user_id);
  END IF;
  IF v_user.role <> p_role AND NOT v_user.has_password THEN
    UPDATE ops_users SET role = p_role, version = version + 1, updated_at = clock_timestamp() WHERE user_id = v_user.user_id;
    PERFORM record_act(p_subject, 'ROLE_CHANGED', v_user.user_id::text, jsonb_build_object('role', v_user.role),
                       jsonb_build_object('role', p_role), 'as the identity provider says', p_trace_id);
  END IF;
  RETURN v_user.user_id;
END $$;

REVOKE EXECUTE ON FUNCTION record_act, end_sessions, may_change_users, create_user, create_first_admin, change_user, password_to_check,
  start_session, rotate_session, sign_out, enter_person FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_user, create_first_admin, change_user, password_to_check, start_session, rotate_session, sign_out,
  enter_person TO wallet_gateway;
