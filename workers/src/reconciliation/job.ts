import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database.js';
import type { Surroundings } from '../parts.js';
import type { Job } from '../schedule/job.js';
import type { Mode } from './plan.js';

const pollMs = 1_000;

/** Every hour what is new. */
export function hourlyReconciliation({ database }: Surroundings): Job {
  return { name: 'reconciliation', cron: '5 * * * *', run: (context) => runOne(database, 'incremental', context) };
}

/** Every night all of it: what was changed in what was checked before. */
export function nightlyReconciliation({ database }: Surroundings): Job {
  const run: Job['run'] = (context) => runOne(database, 'full', context);
  return { name: 'reconciliation-full', cron: '20 2 * * *', timeLimitMs: 20 * 3_600_000, run };
}

/**
 * Asks for a run and waits until it has ended. Where one is under way already, that one: there is one at a time. An incremental one is
 * not what a full one is: once it has ended, the full one is asked for.
 */
async function runOne(database: Database, mode: Mode, context: Parameters<Job['run']>[0]): Promise<object> {
  for (;;) {
    const { runId, mode: itsMode, status } = await awaitOne(database, mode, context);
    if (mode === 'full' && itsMode !== 'full') continue;
    if (status === 'FAILED') throw new Error(`reconciliation ${runId} failed: its report says why`);
    return { runId, mode: itsMode, status };
  }
}

async function awaitOne(
  database: Database,
  mode: Mode,
  { signal, progress }: Parameters<Job['run']>[0],
): Promise<RunRow> {
  await database.query(
    `INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES ($1, $2, 'platform')
     ON CONFLICT ((true)) WHERE status IN ('REQUESTED', 'RUNNING') DO NOTHING`,
    [uuidv7(), mode],
  );
  for (let runNo: string | null = null; ; await sleep(pollMs, undefined, { signal })) {
    const { rows }: { rows: RunRow[] } = await database.query<RunRow>(
      `SELECT run_no AS "runNo", run_id AS "runId", mode, status, done, total FROM reconciliation_runs
        WHERE run_no = coalesce($1, (SELECT max(run_no) FROM reconciliation_runs))`,
      [runNo],
    );
    const run: RunRow | undefined = rows[0];
    if (!run) throw new Error('the reconciliation that was asked for is gone');
    runNo = run.runNo;
    const { runId, status, done, total } = run;
    if (status === 'FAILED' || status === 'CLEAN' || status === 'BREAKS') return run;
    progress({ runId, done: Number(done), total: Number(total) });
  }
}

interface RunRow {
  runNo: string;
  runId: string;
  mode: Mode;
  status: string;
  done: string;
  total: string;
}
