import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { Job } from './job.js';
import type { JobMetrics } from './job-metrics.js';
import { runAttempt } from './run-attempt.js';
import * as runs from './run-store.js';
import { type RunnerPace, runnerPace } from './runner-pace.js';
import { lastSlot, nextSlot } from './slots.js';

export interface RunnerOptions {
  /** Its name, for people. */
  readonly worker: string;
  readonly log: Logger;
  readonly metrics?: JobMetrics;
  readonly pace?: RunnerPace;
}

/** For what was told to stop. */
const stopWithinMs = 5_000;

/**
 * Runs the jobs together with the runners of other workers. Each look:
 *
 *   1. A slot that is due becomes a run (openSlot): one worker's statement does it, the others' find the job's next slot moved on. Of
 *      slots that were missed only the last becomes one. While a run of the job is not over, none does.
 *   2. A run that nobody is at is claimed (claimRuns) as a new attempt: those just made, those asked for by hand, those that failed some
 *      time ago, and those whose attempt gave no sign of life for livesMs.
 *   3. What was claimed runs here, with beats (runAttempt). A beat that finds another attempt aborts it; what it still writes is refused
 *      (assertAttempt), since it may have been frozen and know nothing yet.
 */
export class JobRunner {
  readonly #jobs: ReadonlyMap<string, Job>;
  /** By job: one runs once at a time, here as everywhere. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  readonly #log: Logger;
  readonly #pace: RunnerPace;

  constructor(
    private readonly database: Database,
    jobs: readonly Job[],
    private readonly options: RunnerOptions,
  ) {
    this.#log = options.log;
    this.#pace = options.pace ?? runnerPace;
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    if (this.#jobs.size < jobs.length) throw new Error('two jobs have one name');
    for (const { name } of jobs) options.metrics?.known(name);
  }

  /** Waits for Postgres. Throws on a cron or a zone that is none. */
  async start(): Promise<void> {
    for (const job of this.#jobs.values()) nextSlot(job, new Date());
    await this.#untilWritten();
    this.#looking = this.#lookOn();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.race([Promise.allSettled(this.#running.values()), sleep(stopWithinMs, undefined, { ref: false })]);
  }

  async #untilWritten(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        return await runs.writeSchedules(this.database, [...this.#jobs.values()]);
      } catch (error) {
        this.#log.warn({ err: error }, 'cannot write when the jobs are due: is Postgres up? Trying again');
        await this.#pause();
      }
    }
  }

  async #lookOn(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        this.#log.warn({ err: error }, 'cannot look for due jobs: is Postgres up? Trying again');
      }
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await sleep(this.#pace.lookEveryMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  async #look(): Promise<void> {
    const names = [...this.#jobs.keys()];
    for (const due of await runs.dueJobs(this.database, names)) {
      await this.#open(due).catch((error) => {
        this.#log.warn({ err: error, job: due.job }, 'the slot of a job could not be opened: trying again');
      });
    }
    for (const job of await runs.failDeadRuns(this.database, names)) {
      this.#log.error({ job }, 'a run is given up, its workers died each time: look at their logs');
    }
    const idle = names.filter((name) => !this.#running.has(name));
    if (idle.length === 0 || this.#stopping.signal.aborted) return;
    for (const run of await runs.claimRuns(this.database, idle, this.options.worker, this.#pace.livesMs))
      this.#begin(run);
  }

  async #open(due: runs.DueJob): Promise<void> {
    const job = this.#jobs.get(due.job) as Job;
    const dueAt = lastSlot(job, due.nextDueAt, due.now);
    if (!(await runs.openSlot(this.database, due, dueAt, nextSlot(job, due.now)))) return;
    if (dueAt > due.nextDueAt) {
      const missed = { job: job.name, missedFrom: due.nextDueAt, dueAt };
      this.#log.warn(missed, 'times of a job were missed: it runs once for all of them');
    }
  }

  #begin(run: runs.ClaimedRun): void {
    const log = this.#log.child({ job: run.job, runId: run.runId, attempt: run.attempt });
    const surroundings = { database: this.database, pace: this.#pace, log, stopping: this.#stopping.signal };
    const ended = this.options.metrics?.began(run.job);
    const running = runAttempt(this.#jobs.get(run.job) as Job, run, surroundings).then((outcome) => {
      this.#running.delete(run.job);
      ended?.(outcome);
    });
    this.#running.set(run.job, running);
  }
}
