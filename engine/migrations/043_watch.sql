-- Up Migration

SET LOCAL lock_timeout = '3s';

-- A queue that the broker has had for a while without going away. One that it went away with sooner may have been forgotten half: it is listed,
-- and nobody answers for it. Such a one may be made again, by one program at a time (`claimed_until`); a settled one never is.
ALTER TABLE broker_queues ADD COLUMN settled_at timestamptz(3), ADD COLUMN claimed_until timestamptz(3);
UPDATE broker_queues SET settled_at = clock_timestamp() WHERE made_at < clock_timestamp() - interval '1 minute';
