/**
 * What is done at set times, once each time over all workers. A time that was missed is made up for once: of several, the last one.
 * A run whose worker dies, and one that throws, is tried again by whoever is there, up to a limit: what it had written may be there.
 */
export interface Job {
  /** In the API and in `job_runs`: lower-case letters, digits, hyphens. */
  readonly name: string;
  /** For croner: five fields, or six with seconds first. */
  readonly cron: string;
  /** Of the cron; UTC without it. */
  readonly timeZone?: string;
  /** An attempt that takes longer is given up, and counts as failed; an hour without it. */
  readonly timeLimitMs?: number;
  /** What it resolves with is the run's result, as JSON. */
  run(context: RunContext): Promise<object>;
}

export interface RunContext {
  readonly runId: string;
  /** The slot; of a run by hand, when it was asked for. */
  readonly dueAt: Date;
  /** Aborted when the attempt is given up: the worker stops, another attempt has begun, or its time is over. */
  readonly signal: AbortSignal;
  /** For `assertAttempt`, in each transaction that writes. */
  readonly fence: Fence;
  /** Shown in the API while it runs: the newest one, within a few seconds. */
  progress(state: object): void;
}

/** Which attempt at which slot. */
export interface Fence {
  readonly job: string;
  readonly dueAt: Date;
  readonly attempt: number;
}
