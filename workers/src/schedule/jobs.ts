import type { Surroundings } from '../parts.js';
import { hourlyReconciliation, nightlyReconciliation } from '../reconciliation/job.js';
import type { Job } from './job.js';

/** All jobs, a line each. */
const makers: readonly ((surroundings: Surroundings) => Job)[] = [hourlyReconciliation, nightlyReconciliation];

export function openJobs(surroundings: Surroundings): Job[] {
  return makers.map((make) => make(surroundings));
}
