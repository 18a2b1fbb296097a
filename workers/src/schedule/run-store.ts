import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database.js';
import type { Job } from './job.js';
import { nextSlot } from './slots.js';

/** Attempts at a run that fail or die. One that ends the program each time must not do so for ever. */
export const triesMax = 8;
/** Of a job, so that the table stays small. */
const runsKeptMax = 1_000;
const errorCharsMax = 2_000;

export interface DueJob {
  readonly job: string;
  readonly nextDueAt: Date;
  /** The database's time. */
  readonly now: Date;
}

export interface ClaimedRun {
  readonly runId: string;
  readonly job: string;
  readonly dueAt: Date;
  readonly attempt: number;
  /** Attempts so far that failed or died, and this one. */
  readonly tries: number;
}

/*
 * Each of these is one statement that commits by itself: a worker that is frozen or cut off in the middle holds no lock of a row that
 * the others wait for. The time is the database's.
 */

/** Says when the jobs are due. One that is new, or has another cron, is due from now on: what it might have missed is nothing. */
export async function writeSchedules(database: Database, jobs: readonly Job[]): Promise<void> {
  const { rows } = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const now = rows[0]?.now as Date;
  for (const job of jobs) {
    await database.query(
      `INSERT INTO job_schedules AS s (job, cron, time_zone, next_due_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (job) DO UPDATE SET cron = EXCLUDED.cron, time_zone = EXCLUDED.time_zone, next_due_at = EXCLUDED.next_due_at
         WHERE (s.cron, s.time_zone) IS DISTINCT FROM (EXCLUDED.cron, EXCLUDED.time_zone)`,
      [job.name, job.cron, job.timeZone ?? 'UTC', nextSlot(job, now)],
    );
  }
}

export async function dueJobs(database: Database, jobs: readonly string[]): Promise<DueJob[]> {
  const { rows } = await database.query<DueJob>(
    `SELECT job, next_due_at AS "nextDueAt", clock_timestamp() AS now FROM job_schedules
      WHERE job = ANY ($1) AND next_due_at <= clock_timestamp()`,
    [jobs],
  );
  return rows;
}

/**
 * Makes the run of a slot, for whoever claims it. False: another worker has, or a run of the job is not over yet; then it is due still.
 */
export async function openSlot(database: Database, due: DueJob, dueAt: Date, nextDueAt: Date): Promise<boolean> {
  const { rowCount } = await database.query(
    `WITH moved AS (
       UPDATE job_schedules s SET next_due_at = $4
        WHERE job = $1 AND next_due_at = $2 AND $3 <= clock_timestamp()
          AND NOT EXISTS (SELECT FROM job_runs r WHERE r.job = s.job AND r.status = 'RUNNING')
        RETURNING job
     )
     INSERT INTO job_runs (run_id, job, due_at) SELECT $5, job, $3 FROM moved ON CONFLICT (job, due_at) DO NOTHING`,
    [due.job, due.nextDueAt, dueAt, nextDueAt, uuidv7()],
  );
  return rowCount === 1;
}

/** What nobody is at: it is this worker's, as a new attempt, for `livesMs`. */
export async function claimRuns(
  database: Database,
  jobs: readonly string[],
  worker: string,
  livesMs: number,
): Promise<ClaimedRun[]> {
  const { rows } = await database.query<ClaimedRun>(
    `WITH free AS MATERIALIZED (
       SELECT run_id FROM job_runs
        WHERE status = 'RUNNING' AND job = ANY ($1) AND claimable_at <= clock_timestamp() AND tries < $4
        FOR UPDATE SKIP LOCKED
     )
     UPDATE job_runs r SET attempt = r.attempt + 1, tries = r.tries + 1, worker = $2, started_at = coalesce(r.started_at, clock_timestamp()),
            claimable_at = clock_timestamp() + make_interval(secs => $3)
       FROM free WHERE r.run_id = free.run_id
     RETURNING r.run_id AS "runId", r.job, r.due_at AS "dueAt", r.attempt, r.tries`,
    [jobs, worker, livesMs / 1_000, triesMax],
  );
  return rows;
}

/** Ends the runs whose last attempt died, too. Returns their jobs. */
export async function failDeadRuns(database: Database, jobs: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ job: string }>(
    `UPDATE job_runs SET status = 'FAILED', finished_at = clock_timestamp(),
            error = coalesce(error, 'each of its attempts ended with its worker')
      WHERE status = 'RUNNING' AND job = ANY ($1) AND claimable_at <= clock_timestamp() AND tries >= $2
      RETURNING job`,
    [jobs, triesMax],
  );
  return rows.map(({ job }) => job);
}

type Attempt = Pick<ClaimedRun, 'runId' | 'attempt'>;

/** Says that the attempt lives. False: it is not the newest any more. */
export async function beat(
  database: Database,
  { runId, attempt }: Attempt,
  livesMs: number,
  progress: object | null,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE job_runs SET claimable_at = clock_timestamp() + make_interval(secs => $3), progress = coalesce($4, progress)
      WHERE run_id = $1 AND attempt = $2 AND status = 'RUNNING'`,
    [runId, attempt, livesMs / 1_000, progress && JSON.stringify(progress)],
  );
  return rowCount === 1;
}

/** False: the attempt is not the newest any more. */
export async function succeed(database: Database, { runId, attempt }: Attempt, result: object): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE job_runs SET status = 'SUCCEEDED', finished_at = clock_timestamp(), result = $3, error = NULL
      WHERE run_id = $1 AND attempt = $2 AND status = 'RUNNING'`,
    [runId, attempt, JSON.stringify(result)],
  );
  return rowCount === 1;
}

/** The run failed: it is anybody's after `againMs`, unless it was tried often enough. */
export async function fail(
  database: Database,
  { runId, attempt }: Attempt,
  error: string,
  againMs: number,
): Promise<void> {
  await database.query(
    `UPDATE job_runs SET error = $3, claimable_at = clock_timestamp() + make_interval(secs => $4),
            status = CASE WHEN tries >= $5 THEN 'FAILED' ELSE status END,
            finished_at = CASE WHEN tries >= $5 THEN clock_timestamp() END
      WHERE run_id = $1 AND attempt = $2 AND status = 'RUNNING'`,
    [runId, attempt, error.replaceAll('\0', '').slice(0, errorCharsMax), againMs / 1_000, triesMax],
  );
}

/** The worker stops: the run is anybody's now. */
export async function handBack(database: Database, { runId, attempt }: Attempt): Promise<void> {
  await database.query(
    `UPDATE job_runs SET claimable_at = clock_timestamp(), tries = tries - 1
      WHERE run_id = $1 AND attempt = $2 AND status = 'RUNNING'`,
    [runId, attempt],
  );
}

/** Forgets the oldest runs of a job beyond those that are kept. */
export async function forgetOldRuns(database: Database, job: string): Promise<void> {
  await database.query(
    `DELETE FROM job_runs WHERE job = $1 AND status <> 'RUNNING'
        AND due_at < (SELECT due_at FROM job_runs WHERE job = $1 ORDER BY due_at DESC OFFSET $2 LIMIT 1)`,
    [job, runsKeptMax - 1],
  );
}
