import type { Database } from '../../database.js';
import type { OwnershipViews } from '../rules/partition-without-owner.js';
import type { GatewayCounts } from '../rules/system-errors.js';

/** A gateway that has said nothing for so long sees nothing. */
const viewSecondsMax = 15;

/** Of the last `windowMinutes` before a second, as far as the gateways have told. */
export async function readGatewayCounts(
  database: Database,
  before: number,
  windowMinutes: number,
): Promise<GatewayCounts> {
  const { rows } = await database.query<GatewayCounts>(
    `SELECT coalesce(sum(requests), 0)::float8 AS requests, coalesce(sum(replays), 0)::float8 AS replays,
            coalesce(sum(errors), 0)::float8 AS errors, coalesce(sum(not_done), 0)::float8 AS "notDone",
            coalesce(sum(outcome_unknown), 0)::float8 AS "outcomeUnknown"
       FROM gateway_seconds WHERE second >= to_timestamp($1) AND second < to_timestamp($2)`,
    [before - 60 * windowMinutes, before],
  );
  return rows[0] as GatewayCounts;
}

export async function readOwnershipViews(database: Database): Promise<OwnershipViews> {
  const { rows } = await database.query<{ unowned: Record<string, number> }>(
    `SELECT unowned FROM gateway_views WHERE said_at > clock_timestamp() - make_interval(secs => $1) ORDER BY gateway_id`,
    [viewSecondsMax],
  );
  return { views: rows.map(({ unowned }) => unowned) };
}
