import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { connectToLedger } from '../reconciliation/ledger-connection.js';
import { Pace } from '../reconciliation/pace.js';
import type { Mode } from '../reconciliation/plan.js';
import { type RunOptions, runReconciliation } from '../reconciliation/run.js';
import { claimRun } from '../reconciliation/run-store.js';

export interface Found {
  findingId: string;
  check: string;
  walletId: string | null;
  transactionId: string | null;
  engineId: string | null;
  batchSeq: string | null;
  what: string;
  expected: string | null;
  found: string | null;
  delta: string | null;
  status: string;
}

export interface Reconciled {
  runId: string;
  status: 'CLEAN' | 'BREAKS';
  wallets: number;
  transactions: number;
  batches: number;
  findings: Found[];
}

/** Without a rest between chunks: a test waits for the run. */
class Brisk extends Pace {
  override async rest(): Promise<void> {}
}

/** A run from its beginning to its end, as the workers' role. `url`: of that role. */
export async function reconcile(url: string, mode: Mode, options: Partial<RunOptions> = {}): Promise<Reconciled> {
  const client = await connectToLedger(url);
  try {
    const runId = randomUUID();
    await client.query(`INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES ($1, $2, 'tests')`, [
      runId,
      mode,
    ]);
    const run = await claimRun(client, 60_000);
    if (!run) throw new Error('the run was taken by somebody else');
    const signal = new AbortController().signal;
    const status = await runReconciliation(client, run, {
      signal,
      suspends: false,
      pace: new Brisk(),
      ...options,
    });
    return { runId, ...(await reported(client, runId)), status };
  } finally {
    await client.end();
  }
}

/** What came of a run. */
export async function reported(client: pg.ClientBase, runId: string): Promise<Omit<Reconciled, 'runId'>> {
  const { rows: counts } = await client.query(
    `SELECT status, wallets::int, transactions::int, batches::int, run_no FROM reconciliation_runs WHERE run_id = $1`,
    [runId],
  );
  const { run_no: runNo, ...run } = counts[0];
  const { rows: findings } = await client.query<Found>(
    `SELECT finding_id AS "findingId", check_name AS "check", wallet_id AS "walletId", transaction_id AS "transactionId",
            engine_id AS "engineId", batch_seq AS "batchSeq", what, expected, found, delta, status
       FROM reconciliation_findings WHERE first_run_no <= $1 AND last_run_no >= $1 ORDER BY check_name, what, finding_id`,
    [runNo],
  );
  return { ...run, findings };
}
