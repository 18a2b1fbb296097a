import type { Database } from '../../database.js';
import type { DeadLetterCounts } from '../rules/dead-letters.js';
import { type NamedFinding, namedMax, type OpenFindings } from '../rules/ledger-inconsistency.js';
import type { LostQueues } from '../rules/queue-lost.js';
import type { RelayPlace } from '../rules/relay-lag.js';
import type { PausedWebhooks } from '../rules/webhook-paused.js';

/* What other parts write down as facts: nobody raises an alert but who judges. */

export async function readOpenFindings(database: Database): Promise<OpenFindings> {
  const byCheck = await counts(
    database,
    `SELECT check_name AS name, count(*)::float8 AS n FROM reconciliation_findings WHERE status = 'OPEN' GROUP BY 1`,
  );
  const { rows: earliest } = await database.query<NamedFinding>(
    `SELECT check_name AS check, wallet_id AS "walletId", transaction_id AS "transactionId", currency, expected, found, delta
       FROM reconciliation_findings WHERE status = 'OPEN' ORDER BY first_run_no, wallet_id IS NULL, finding_id LIMIT ${namedMax}`,
  );
  return { open: Object.values(byCheck).reduce((sum, n) => sum + n, 0), byCheck, earliest };
}

export async function readDeadLetters(database: Database): Promise<DeadLetterCounts> {
  return {
    byQueue: await counts(
      database,
      `SELECT queue AS name, count(*)::float8 AS n FROM dead_letters WHERE status IN ('WAITING', 'REPLAYING') GROUP BY 1`,
    ),
  };
}

export async function readRelayPlace(database: Database): Promise<RelayPlace> {
  const { rows } = await database.query<{ seconds: number }>('SELECT seconds FROM relay_lag');
  return { oldestUnpublishedS: rows[0]?.seconds ?? 0 };
}

/** Those that the platform paused, the longest first: who paused one by hand knows of it. Whom it calls: the rest of its address may be a secret. */
export async function readPausedWebhooks(database: Database): Promise<PausedWebhooks> {
  const { rows } = await database.query<{ webhookId: string; url: string }>(
    `SELECT webhook_id AS "webhookId", webhook_origin(url) AS url FROM webhooks
      WHERE deleted_at IS NULL AND status = 'PAUSED' AND status_by = 'platform' ORDER BY status_at, webhook_id`,
  );
  return { paused: rows };
}

export async function readLostQueues(database: Database, windowMinutes: number): Promise<LostQueues> {
  return {
    byQueue: await counts(
      database,
      `SELECT queue AS name, count(*)::float8 AS n FROM broker_incidents
        WHERE what = 'QUEUE_LOST' AND at > clock_timestamp() - make_interval(mins => $1) GROUP BY 1`,
      [windowMinutes],
    ),
  };
}

async function counts(database: Database, text: string, values: unknown[] = []): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string; n: number }>(text, values);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
