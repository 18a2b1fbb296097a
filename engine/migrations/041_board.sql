-- Up Migration

SET LOCAL lock_timeout = '3s';

-- What the wallboard counts once a second, without reading what was explained, or failed.
CREATE INDEX reconciliation_findings_open ON reconciliation_findings (first_seen_at) WHERE status = 'OPEN';
CREATE INDEX reconciliation_runs_through ON reconciliation_runs (finished_at) WHERE status IN ('CLEAN', 'BREAKS');
