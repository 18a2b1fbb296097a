-- Up Migration

SET LOCAL lock_timeout = '3s';

-- What the wallboard counts once a second, without reading what was explained, or failed.
CREATE INDEX reconciliation_findings_open ON reconciliation_findings (first_seen_at) WHERE status = 'OPEN';
CREATE INDEX reconciliation_runs_through ON reconciliation_runs (finished_at) WHERE status IN ('CLEAN', 'BREAKS');

-- A queue of the broker that was gone and is made again (broker_incidents).
INSERT INTO alert_configurations (alert_type, threshold, window_minutes, minimum_sample, severity, recipients, cooldown_minutes, enabled)
VALUES ('QUEUE_LOST', 1, 60, 0, 'WARNING', '{}', 60, true);

-- A hundredth of a hundred is one payment: the first one after a start is slow by itself. From 500 on it takes five, as on the wallboard.
UPDATE alert_configurations SET minimum_sample = 500
 WHERE alert_type = 'LATENCY' AND minimum_sample = 100 AND updated_by = 'platform';
