import { Counter, Gauge, type Registry } from 'prom-client';
import { type AttemptOutcome, attemptOutcomes } from './run-attempt.js';

/** What this worker's attempts came to. What all of them do is in `job_runs`. */
export class JobMetrics {
  readonly #attempts: Counter<'job_name' | 'outcome'>;
  readonly #seconds: Counter<'job_name'>;
  readonly #running: Gauge<'job_name'>;
  readonly #succeededAt: Gauge<'job_name'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'wallet_workers_job_attempts_total',
      help: 'Attempts at runs of jobs: SUCCEEDED, AGAIN (tried again later), FAILED (given up), LOST (another attempt began), HANDED_BACK',
      ...{ labelNames: ['job_name', 'outcome'] as const, registers },
    });
    this.#seconds = new Counter({
      name: 'wallet_workers_job_seconds_total',
      help: 'Time that attempts took',
      ...{ labelNames: ['job_name'] as const, registers },
    });
    this.#running = new Gauge({
      name: 'wallet_workers_job_running',
      help: '1 while an attempt runs here',
      ...{ labelNames: ['job_name'] as const, registers },
    });
    this.#succeededAt = new Gauge({
      name: 'wallet_workers_job_succeeded_timestamp_seconds',
      help: 'When an attempt here succeeded last',
      ...{ labelNames: ['job_name'] as const, registers },
    });
  }

  /** Counts from zero: of a series that is born with a job's first failure, Prometheus sees no increase. */
  known(job: string): void {
    for (const outcome of attemptOutcomes) this.#attempts.inc({ job_name: job, outcome }, 0);
  }

  /** Returns what is called when it is over. */
  began(job: string): (outcome: AttemptOutcome) => void {
    const from = performance.now();
    this.#running.set({ job_name: job }, 1);
    return (outcome) => {
      this.#running.set({ job_name: job }, 0);
      this.#attempts.inc({ job_name: job, outcome });
      this.#seconds.inc({ job_name: job }, (performance.now() - from) / 1_000);
      if (outcome === 'SUCCEEDED') this.#succeededAt.set({ job_name: job }, Date.now() / 1_000);
    };
  }
}
