import type { Pool } from 'pg';
import { z } from 'zod';
import { numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { RunFilters } from './reconciliation-requests.js';

/** A run as the workers write it. */
export interface RunRow {
  readonly run_no: string;
  readonly run_id: string;
  readonly mode: string;
  readonly status: string;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly phase: string | null;
  readonly done: string;
  readonly total: string;
  readonly wallets: string;
  readonly transactions: string;
  readonly batches: string;
  readonly unlisted: string;
  readonly error: string | null;
}

const columns = `run_no, run_id, mode, status, requested_by, requested_at, started_at, finished_at, place->>'phase' AS phase, done, total,
  wallets, transactions, batches, unlisted, error`;

/** By its id or its number; the newest without either. */
export async function findRun(
  database: Pool,
  { runId, runNo }: { runId?: string | undefined; runNo?: string | undefined },
): Promise<RunRow | null> {
  const { rows } = await database.query<RunRow>({
    name: 'find-reconciliation',
    text: `SELECT ${columns} FROM reconciliation_runs
            WHERE ($1::uuid IS NULL OR run_id = $1) AND ($2::bigint IS NULL OR run_no = $2) ORDER BY run_no DESC LIMIT 1`,
    values: [runId ?? null, runNo ?? null],
  });
  return rows[0] ?? null;
}

/** Newest first. */
export async function listRuns(database: Pool, filters: RunFilters): Promise<Page<RunRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const [before] = readCursor(z.tuple([numberPosition]), filters) ?? [null];
  const { rows } = await database.query<RunRow>({
    name: 'list-reconciliations',
    text: `SELECT ${columns} FROM reconciliation_runs WHERE run_no < coalesce($1::bigint, 9223372036854775807)
            ORDER BY run_no DESC LIMIT $2`,
    values: [before, limit + 1],
  });
  return pageOf(rows, limit, ({ run_no }) => [run_no]);
}

export function runJson(row: RunRow) {
  const isOver = row.finished_at !== null;
  return {
    ...{ runId: row.run_id, mode: row.mode, status: row.status === 'REQUESTED' ? 'RUNNING' : row.status },
    ...{ requestedBy: row.requested_by, requestedAt: row.requested_at.toISOString() },
    ...{ startedAt: row.started_at?.toISOString() ?? null, finishedAt: row.finished_at?.toISOString() ?? null },
    ...{ progress: isOver ? 1 : progressOf(row), phase: isOver ? null : row.phase },
    checked: {
      ...{ wallets: Number(row.wallets), transactions: Number(row.transactions), batches: Number(row.batches) },
    },
    ...{ unlisted: Number(row.unlisted), error: row.error },
  };
}

/** How much there is, is an estimate: it is never whole before the end. */
function progressOf({ done, total }: RunRow): number {
  const share = Number(total) === 0 ? 0 : Number(done) / Number(total);
  return Math.min(0.99, Math.floor(share * 100) / 100);
}
