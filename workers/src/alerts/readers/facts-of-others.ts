import type { Database } from '../../database.js';
import type { DeadLetterCounts } from '../rules/dead-letters.js';
import type { OpenFindings } from '../rules/ledger-inconsistency.js';
import type { RelayPlace } from '../rules/relay-lag.js';

/* What other parts write down as facts: nobody raises an alert but who judges. */

export async function readOpenFindings(database: Database): Promise<OpenFindings> {
  const byCheck = await counts(
    database,
    `SELECT check_name AS name, count(*)::float8 AS n FROM reconciliation_findings WHERE status = 'OPEN' GROUP BY 1`,
  );
  return { open: Object.values(byCheck).reduce((sum, n) => sum + n, 0), byCheck };
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

async function counts(database: Database, text: string): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string; n: number }>(text);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
