import type { Pool } from 'pg';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';

/** A break of the ledger as the workers write it. */
export interface FindingRow {
  readonly finding_id: string;
  readonly check_name: string;
  readonly severity: string;
  readonly wallet_id: string | null;
  readonly transaction_id: string | null;
  readonly engine_id: string | null;
  readonly batch_seq: string | null;
  readonly what: string;
  readonly currency: string | null;
  readonly expected: string | null;
  readonly found: string | null;
  readonly delta: string | null;
  readonly status: string;
  readonly note: string | null;
  readonly explained_by: string | null;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly closed_at: Date | null;
}

const columns = `finding_id, check_name, severity, wallet_id, transaction_id, engine_id, batch_seq, what, currency, expected, found, delta,
  status, note, explained_by, first_seen_at, last_seen_at, closed_at`;

interface FindingsPage {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** What a run found: each break is seen by all runs between its first and its last one. In the order in which they came up. */
export async function listFindings(
  database: Pool,
  runNo: string,
  { after = '00000000-0000-0000-0000-000000000000', limit = pageSizeDefault }: FindingsPage,
): Promise<Page<FindingRow>> {
  const { rows } = await database.query<FindingRow>({
    name: 'list-findings',
    text: `SELECT ${columns} FROM reconciliation_findings
            WHERE first_run_no <= $1 AND last_run_no >= $1 AND finding_id > $2 ORDER BY finding_id LIMIT $3`,
    values: [runNo, after, limit + 1],
  });
  return pageOf(rows, limit, ({ finding_id }) => [runNo, finding_id]);
}

export async function findFinding(database: Pool, findingId: string): Promise<FindingRow | null> {
  const { rows } = await database.query<FindingRow>({
    name: 'find-finding',
    text: `SELECT ${columns} FROM reconciliation_findings WHERE finding_id = $1`,
    values: [findingId],
  });
  return rows[0] ?? null;
}

export function findingJson(row: FindingRow) {
  return {
    ...{ findingId: row.finding_id, check: row.check_name, severity: row.severity, walletId: row.wallet_id },
    ...{ transactionId: row.transaction_id, engineId: row.engine_id },
    batchSeq: row.batch_seq === null ? null : Number(row.batch_seq),
    ...{ what: row.what, currency: row.currency, expected: row.expected, found: row.found, delta: row.delta },
    ...{ status: row.status, note: row.note, explainedBy: row.explained_by },
    ...{ firstSeenAt: row.first_seen_at.toISOString(), lastSeenAt: row.last_seen_at.toISOString() },
    closedAt: row.closed_at?.toISOString() ?? null,
  };
}
