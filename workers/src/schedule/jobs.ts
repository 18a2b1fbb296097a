import { digestsJob } from '../digest/digests-job.js';
import type { Surroundings } from '../parts.js';
import { hourlyReconciliation, nightlyReconciliation } from '../reconciliation/job.js';
import { dailySummaryJob } from '../summaries/daily-summary-job.js';
import type { Job } from './job.js';

/** All jobs, a line each. */
const makers: readonly ((surroundings: Surroundings) => Job)[] = [
  dailySummaryJob,
  digestsJob,
  hourlyReconciliation,
  nightlyReconciliation,
];

export function openJobs(surroundings: Surroundings): Job[] {
  return makers.map((make) => make(surroundings));
}
