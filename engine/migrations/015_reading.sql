-- Up Migration

-- What is looked up by a reference or by a parent (a capture's hold, a refund's payment), newest first. Transactions without one
-- are not in them and cost nothing. ON ONLY: nothing is locked for long; `migrate` goes on to build those of the months that are
-- there beside payments (month-indexes.ts), and months made from now on have them.
SET LOCAL lock_timeout = '3s';
CREATE INDEX transactions_reference ON ONLY transactions (reference, transaction_id) WHERE reference IS NOT NULL;
CREATE INDEX transactions_parent ON ONLY transactions (parent_transaction_id, transaction_id)
  WHERE parent_transaction_id IS NOT NULL;

-- What was committed in each minute, once the minute is final: written by whoever comes first, and never changed. The minutes
-- follow each other without a hole, those without a batch too.
CREATE TABLE ledger_minutes (
  -- its start
  minute    timestamptz(0) PRIMARY KEY,
  batches   bigint NOT NULL,
  succeeded bigint NOT NULL,
  failed    bigint NOT NULL,
  -- the sums of the batches' {failuresByCode, countByKind, sumByCurrency, countByCurrency}
  figures   jsonb NOT NULL,
  -- transactions per bucket, as in ledger_batches
  latency   bigint[] NOT NULL
);
GRANT SELECT ON ledger_minutes TO wallet_engine, wallet_gateway, wallet_audit;

-- Adds up the minutes from p_from to before p_before. The caller knows that they are final; minutes that are written stay as they
-- are. Returns how many it wrote.
CREATE FUNCTION roll_up_ledger_minutes(p_from timestamptz, p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
  v_written bigint;
BEGIN
  IF date_bin('1 minute', p_from, 'epoch') <> p_from OR date_bin('1 minute', p_before, 'epoch') <> p_before OR p_before > now() THEN
    RAISE EXCEPTION 'not minutes that are over: % to %', p_from, p_before USING ERRCODE = '22023';
  END IF;
  IF p_from > (SELECT max(minute) + interval '1 minute' FROM ledger_minutes) THEN
    RAISE EXCEPTION 'minutes before % are missing', p_from USING ERRCODE = '22023';
  END IF;
  WITH batch AS MATERIALIZED (
    SELECT date_bin('1 minute', created_at, 'epoch') AS minute, figures, latency
      FROM ledger_batches WHERE created_at >= p_from AND created_at < p_before
  ), summed AS (
    -- Bucket by bucket: unnested, 24,000 batches of a minute are 800,000 rows.
    SELECT minute, count(*) AS batches, sum((figures->>'succeeded')::bigint) AS succeeded, sum((figures->>'failed')::bigint) AS failed,
           ARRAY[
             sum(latency[1]), sum(latency[2]), sum(latency[3]), sum(latency[4]), sum(latency[5]), sum(latency[6]),
             sum(latency[7]), sum(latency[8]), sum(latency[9]), sum(latency[10]), sum(latency[11]), sum(latency[12]),
             sum(latency[13]), sum(latency[14]), sum(latency[15]), sum(latency[16]), sum(latency[17]), sum(latency[18]),
             sum(latency[19]), sum(latency[20]), sum(latency[21]), sum(latency[22]), sum(latency[23]), sum(latency[24]),
             sum(latency[25]), sum(latency[26]), sum(latency[27]), sum(latency[28]), sum(latency[29]), sum(latency[30]),
             sum(latency[31]), sum(latency[32]), sum(latency[33])] AS latency
      FROM batch GROUP BY 1
  ), counted AS (
    SELECT b.minute, field, name, sum(n::numeric) AS n
      FROM batch b, jsonb_each(b.figures) AS f (field, value),
           jsonb_each_text(CASE jsonb_typeof(value) WHEN 'object' THEN value END) AS one (name, n)
     GROUP BY 1, 2, 3
  ), objects AS (
    -- Sums of money are texts, as in the batches: they outgrow a JSON number.
    SELECT minute, field, jsonb_object_agg(name, CASE field WHEN 'sumByCurrency' THEN to_jsonb(n::text) ELSE to_jsonb(n) END) AS value
      FROM counted GROUP BY 1, 2
  ), figured AS (
    SELECT minute, jsonb_object_agg(field, value) AS figures FROM objects GROUP BY 1
  )
  INSERT INTO ledger_minutes (minute, batches, succeeded, failed, figures, latency)
    SELECT m, coalesce(s.batches, 0), coalesce(s.succeeded, 0), coalesce(s.failed, 0), coalesce(f.figures, '{}'), coalesce(s.latency, '{}')
      FROM generate_series(p_from, p_before - interval '1 minute', interval '1 minute') AS m
           LEFT JOIN summed s ON s.minute = m LEFT JOIN figured f ON f.minute = m
     ORDER BY m
  ON CONFLICT (minute) DO NOTHING;
  GET DIAGNOSTICS v_written = ROW_COUNT;
  RETURN v_written;
END $$;
REVOKE EXECUTE ON FUNCTION roll_up_ledger_minutes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION roll_up_ledger_minutes TO wallet_gateway;
