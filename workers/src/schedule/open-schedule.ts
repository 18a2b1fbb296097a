import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { JobMetrics } from './job-metrics.js';
import { JobRunner } from './job-runner.js';
import { openJobs } from './jobs.js';

/** Runs the jobs. */
export function openSchedule(surroundings: Surroundings): Part {
  const { database, config, log } = surroundings;
  const metrics = new JobMetrics(surroundings.metrics);
  const runner = new JobRunner(database, openJobs(surroundings), { worker: config.workerName, log, metrics });
  return { name: 'schedule', start: () => runner.start(), stop: () => runner.stop() };
}
