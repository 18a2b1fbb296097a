import type { Database } from '../database.js';
import { callTimeoutMs } from './call-endpoint.js';

/** Longer than an attempt takes at most, and the writing of what came of it: who has one for longer died of it. */
const leaseMs = callTimeoutMs + 15_000;
const attemptsKept = 20;
/** An endpoint that fails so often in a row is left alone, for half as long as it has been failing, within bounds. */
const rest = { failures: 5, minMs: 1_000, maxMs: 60_000 } as const;
/** It is paused once nothing has got through for so long. */
export const pause = { hours: 12, failures: 5 } as const;

export interface ClaimedDelivery {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly claim: number;
  readonly failures: number;
  /** Null: it is gone. */
  readonly payload: string | null;
  readonly url: string;
  /** What the webhook wants by now. */
  readonly event_types: readonly string[];
  readonly wallet_ids: readonly string[] | null;
  /** The newest first. */
  readonly secrets: readonly string[];
  readonly at_ms: number;
}

/** What is due, at most as much of each endpoint as it has room for. */
export async function claimDeliveries(
  database: Database,
  { webhookIds, rooms, room }: { webhookIds: readonly string[]; rooms: readonly number[]; room: number },
): Promise<ClaimedDelivery[]> {
  const { rows: claims } = await database.query<{ delivery_id: string; claim: number }>({
    name: 'webhooks claim',
    text: `SELECT delivery_id, claim FROM claim_webhook_deliveries($1, $2, $3, $4 * interval '1 ms')`,
    values: [webhookIds, rooms, room, leaseMs],
  });
  if (claims.length === 0) return [];
  const { rows } = await database.query<ClaimedDelivery>({
    name: 'webhooks load',
    text: `SELECT d.delivery_id, d.webhook_id, d.event_id, d.event_type, c.claim, d.failures, e.payload, w.url, w.event_types,
                  w.wallet_ids::text[],
                  ARRAY(SELECT s.secret FROM webhook_secrets s
                         WHERE s.webhook_id = d.webhook_id AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
                         ORDER BY s.created_at DESC) AS secrets,
                  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at_ms
             FROM unnest($1::uuid[], $2::int[]) AS c (delivery_id, claim)
             JOIN webhook_deliveries d ON d.delivery_id = c.delivery_id AND d.claims = c.claim
             JOIN webhooks w ON w.webhook_id = d.webhook_id
             LEFT JOIN webhook_events e ON e.event_id = d.event_id
            ORDER BY d.delivery_id`,
    values: [claims.map((one) => one.delivery_id), claims.map(({ claim }) => claim)],
  });
  return rows;
}

export interface Outcome {
  readonly deliveryId: string;
  /** What was called: it says nothing of an address that has taken its place since. */
  readonly url: string;
  readonly claim: number;
  readonly delivered: boolean;
  /** Before the next try; null: there is none. */
  readonly waitMs: number | null;
  /** The endpoint asked to be left alone for so long. */
  readonly restMs: number;
  readonly attempt: {
    readonly status: number | null;
    readonly durationMs: number;
    readonly error: string | null;
  };
}

export interface EndpointHealth {
  readonly webhook_id: string;
  readonly url: string;
  readonly failures: number;
  readonly failing_hours: number;
}

/** SQL: the last attempts and one more, {status, durationMs, error}, that ends now. */
export const withAttempt = (attempts: string, attempt: string) =>
  `CASE WHEN jsonb_array_length(${attempts}) >= ${attemptsKept} THEN ${attempts} - 0 ELSE ${attempts} END
     || jsonb_build_array(jsonb_build_object('at', to_char(
          clock_timestamp() AT TIME ZONE 'UTC' - (${attempt}->>'durationMs')::bigint * interval '1 ms',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) || ${attempt})`;

/** SQL: how one is given up that was not tried, for the reason that the parameter names. */
export const untried = (why: string) =>
  `status = 'FAILED', ended_at = clock_timestamp(), leased_until = NULL,
   attempts = ${withAttempt('attempts', `jsonb_build_object('status', NULL, 'durationMs', 0, 'error', ${why}::text)`)}`;

/**
 * Writes down what came of attempts, in one statement, once each; what a later claim has taken over stays as it is. Returns the endpoints that failed
 * and did nothing else.
 */
export async function recordOutcomes(database: Database, outcomes: readonly Outcome[]): Promise<EndpointHealth[]> {
  const { rows } = await database.query<EndpointHealth>({
    name: 'webhooks record',
    text: `WITH outcome AS (
             SELECT * FROM unnest($1::uuid[], $2::int[], $3::bool[], $4::bigint[], $5::bigint[], $6::jsonb[], $7::text[])
               AS o (delivery_id, claim, delivered, wait_ms, rest_ms, attempt, url)
           ), recorded AS (
             UPDATE webhook_deliveries d
                SET status = CASE WHEN o.delivered THEN 'DELIVERED' WHEN o.wait_ms IS NULL THEN 'FAILED' ELSE 'PENDING' END,
                    ended_at = CASE WHEN o.delivered OR o.wait_ms IS NULL THEN clock_timestamp() END,
                    next_attempt_at = clock_timestamp() + coalesce(o.wait_ms, 0) * interval '1 ms', leased_until = NULL,
                    failures = d.failures + (NOT o.delivered)::int,
                    attempts = ${withAttempt('d.attempts', 'o.attempt')}
               FROM outcome o
              WHERE d.delivery_id = o.delivery_id AND d.claims = o.claim AND d.status = 'PENDING' AND d.leased_until IS NOT NULL
             RETURNING d.webhook_id, o.url, o.delivered, o.rest_ms
           ), endpoint AS (
             SELECT webhook_id, url, count(*) FILTER (WHERE NOT delivered)::int AS failed, bool_or(delivered) AS is_well, max(rest_ms) AS rest_ms
               FROM recorded GROUP BY webhook_id, url
           )
           UPDATE webhooks w
              SET failures = CASE WHEN e.is_well THEN 0 ELSE w.failures + e.failed END,
                  failing_since = CASE WHEN e.is_well THEN NULL ELSE coalesce(w.failing_since, clock_timestamp()) END,
                  rests_until = CASE WHEN e.rest_ms > 0 OR NOT e.is_well AND w.failures + e.failed >= ${rest.failures}
                    THEN greatest(w.rests_until, clock_timestamp() + greatest(e.rest_ms * interval '1 ms', CASE WHEN w.failures + e.failed >= ${rest.failures} THEN
                           least(interval '${rest.maxMs} ms', greatest(interval '${rest.minMs} ms', (clock_timestamp() - w.failing_since) / 2)) END))
                    WHEN NOT e.is_well THEN w.rests_until END
             FROM endpoint e
            WHERE w.webhook_id = e.webhook_id AND w.url = e.url AND (NOT e.is_well OR e.rest_ms > 0 OR w.failures > 0 OR w.rests_until IS NOT NULL)
           RETURNING w.webhook_id, w.url, w.failures, coalesce(extract(epoch FROM clock_timestamp() - w.failing_since) / 3600, 0)::float8 AS failing_hours`,
    values: [
      outcomes.map(({ deliveryId }) => deliveryId),
      outcomes.map(({ claim }) => claim),
      outcomes.map(({ delivered }) => delivered),
      outcomes.map(({ waitMs }) => waitMs),
      outcomes.map(({ restMs }) => restMs),
      outcomes.map(({ attempt }) => JSON.stringify(attempt)),
      outcomes.map(({ url }) => url),
    ],
  });
  return rows.filter(({ failures }) => failures > 0);
}

/** They were not tried to the end: somebody tries them again at once. */
export async function giveBack(
  database: Database,
  claims: readonly Pick<ClaimedDelivery, 'delivery_id' | 'claim'>[],
): Promise<void> {
  await database.query(
    `UPDATE webhook_deliveries d SET leased_until = NULL, next_attempt_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::int[]) AS c (delivery_id, claim)
      WHERE d.delivery_id = c.delivery_id AND d.claims = c.claim AND d.status = 'PENDING'`,
    [claims.map((one) => one.delivery_id), claims.map(({ claim }) => claim)],
  );
}

const unwanted = 'the webhook does not want it any more: its types or wallets were changed';

/** It was claimed, and its webhook does not want it any more. */
export async function endUnwanted(
  database: Database,
  { delivery_id: deliveryId, claim }: Pick<ClaimedDelivery, 'delivery_id' | 'claim'>,
): Promise<void> {
  await database.query(
    `UPDATE webhook_deliveries SET ${untried('$3')} WHERE delivery_id = $1 AND claims = $2 AND status = 'PENDING'`,
    [deliveryId, claim, unwanted],
  );
}

/** A webhook whose types or wallets changed, and behind which delivery what waits is still to be held against them. */
export interface Narrowed {
  readonly webhook_id: string;
  readonly version: number;
  readonly unfiltered_after: string;
}

export async function narrowedWebhooks(database: Database): Promise<Narrowed[]> {
  const { rows } = await database.query<Narrowed>(
    `SELECT webhook_id, version, unfiltered_after FROM webhooks WHERE deleted_at IS NULL AND unfiltered_after IS NOT NULL ORDER BY webhook_id`,
  );
  return rows;
}

/**
 * Holds the next `rowsMax` of a webhook that wait against what it wants now, and ends those that it does not. What is being sent this moment stays: it
 * is looked at again before it is tried again. Resolves with how many ended, and with the new mark; null: none are left. The webhook's row is
 * not locked meanwhile: whoever records attempts locks it after theirs.
 */
export async function endWaitingUnwanted(
  database: Database,
  { webhook_id: webhookId, version, unfiltered_after: after }: Narrowed,
  rowsMax: number,
): Promise<{ ended: number; after: string | null }> {
  const { rows } = await database.query<{ looked: number; ended: number; last: string | null }>(
    `WITH piece AS (
       SELECT delivery_id, event_id, event_type FROM webhook_deliveries
        WHERE webhook_id = $1 AND status = 'PENDING' AND delivery_id > $2 ORDER BY delivery_id LIMIT $3
     ), ended AS (
       UPDATE webhook_deliveries SET ${untried('$4')}
        WHERE status = 'PENDING' AND coalesce(leased_until, '-infinity') <= clock_timestamp()
          AND delivery_id IN (SELECT p.delivery_id FROM piece p JOIN webhooks w ON w.webhook_id = $1 LEFT JOIN webhook_events e USING (event_id)
                               WHERE NOT webhook_wants(w, p.event_type, e.payload))
       RETURNING delivery_id
     )
     SELECT (SELECT count(*)::int FROM piece) AS looked, (SELECT count(*)::int FROM ended) AS ended,
            (SELECT delivery_id FROM piece ORDER BY delivery_id DESC LIMIT 1) AS last`,
    [webhookId, after, rowsMax, unwanted],
  );
  const { looked = 0, ended = 0, last = null } = rows[0] ?? {};
  const mark = looked === rowsMax ? last : null;
  // Changed again meanwhile, it begins anew.
  await database.query(
    'UPDATE webhooks SET unfiltered_after = $4 WHERE webhook_id = $1 AND version = $2 AND unfiltered_after = $3',
    [webhookId, version, after, mark],
  );
  return { ended, after: mark };
}

export interface Stop {
  readonly webhookId: string;
  /** What was called. */
  readonly url: string;
  readonly status: 'PAUSED' | 'DISABLED';
  readonly reason: string;
}

/** False: it is not ACTIVE, or has another address by now. */
export async function stopWebhook(
  database: Pick<Database, 'query'>,
  { webhookId, url, status, reason }: Stop,
): Promise<boolean> {
  const { rows } = await database.query<{ stopped: boolean }>('SELECT stop_webhook($1, $2, $3, $4) AS stopped', [
    ...[webhookId, url, status, reason],
  ]);
  return rows[0]?.stopped === true;
}

export async function liveWebhooks(database: Database): Promise<Set<string>> {
  const { rows } = await database.query<{ webhook_id: string }>(
    "SELECT webhook_id FROM webhooks WHERE deleted_at IS NULL AND status = 'ACTIVE'",
  );
  return new Set(rows.map(({ webhook_id }) => webhook_id));
}
