import type { ClientBase } from 'pg';
import type { Fence } from './job.js';

/** Another attempt has begun since, or the run is over: what this one wrote is rolled back. */
export class StaleAttemptError extends Error {
  override name = 'StaleAttemptError';

  constructor({ job, dueAt, attempt }: Fence) {
    super(`attempt ${attempt} at ${job} of ${dueAt.toISOString()} is not the newest any more`);
  }
}

/**
 * Refuses the transaction of an attempt that is not the newest. Locks the run's row: until the transaction ends, no other attempt
 * begins. Call it first, so that rows are locked in one order.
 */
export async function assertAttempt(client: ClientBase, fence: Fence): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM job_runs WHERE job = $1 AND due_at = $2 AND attempt = $3 AND status = 'RUNNING' FOR NO KEY UPDATE`,
    [fence.job, fence.dueAt, fence.attempt],
  );
  if (rowCount !== 1) throw new StaleAttemptError(fence);
}
