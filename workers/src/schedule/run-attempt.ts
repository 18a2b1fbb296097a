import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { Job } from './job.js';
import * as runs from './run-store.js';
import type { RunnerPace } from './runner-pace.js';

const timeLimitMs = 3_600_000;
/** After a failure, by how often the run failed. */
const againMs = { first: 5_000, max: 300_000 } as const;

interface Surroundings {
  readonly database: Database;
  readonly pace: RunnerPace;
  readonly log: Logger;
  readonly stopping: AbortSignal;
}

/**
 * `AGAIN`: it failed, or nobody could be told what became of it. `FAILED`: and it was the last try. `LOST`: another attempt has begun.
 * `HANDED_BACK`: the worker stops.
 */
export const attemptOutcomes = ['SUCCEEDED', 'AGAIN', 'FAILED', 'LOST', 'HANDED_BACK'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One attempt at a run, from the claim until what became of it is written. Never rejects. */
export async function runAttempt(job: Job, run: runs.ClaimedRun, surroundings: Surroundings): Promise<AttemptOutcome> {
  const { database, log, stopping } = surroundings;
  const { runId, dueAt, attempt } = run;
  const lost = new AbortController();
  const ended = new AbortController();
  const limit = AbortSignal.timeout(job.timeLimitMs ?? timeLimitMs);
  let state: object | null = null;
  const beats = { lost, ended: AbortSignal.any([ended.signal, limit]), state: () => state };
  const beating = beatOn(run, beats, surroundings);
  try {
    const working = job.run({
      ...{ runId, dueAt, fence: { job: job.name, dueAt, attempt } },
      signal: AbortSignal.any([stopping, limit, lost.signal]),
      progress: (now) => {
        state = now;
      },
    });
    const result = await untilAborted(working, AbortSignal.any([limit, lost.signal]));
    if (!(await runs.succeed(database, run, result))) return givenUp(log);
    log.info({ dueAt }, 'a job is done');
    await runs.forgetOldRuns(database, run.job).catch((error) => {
      log.debug({ err: error }, 'old runs of a job are kept until the next one');
    });
    return 'SUCCEEDED';
  } catch (error) {
    if (lost.signal.aborted) return givenUp(log);
    // A beat behind what is written would say that the run is alive, and nobody else would take it for as long as a run lives.
    ended.abort();
    await beating;
    return await failed(run, error, surroundings);
  } finally {
    ended.abort();
    await beating;
  }
}

function givenUp(log: Logger): AttemptOutcome {
  log.warn('another attempt at the run has begun: this one is given up');
  return 'LOST';
}

async function failed(
  run: runs.ClaimedRun,
  error: unknown,
  { database, log, stopping }: Surroundings,
): Promise<AttemptOutcome> {
  const { tries } = run;
  const isLast = tries >= runs.triesMax;
  try {
    if (stopping.aborted) {
      await runs.handBack(database, run);
      return 'HANDED_BACK';
    }
    const pauseMs = Math.min(againMs.max, againMs.first * 2 ** (tries - 1));
    await runs.fail(database, run, error instanceof Error ? error.message : String(error), pauseMs);
    const about = { err: error, tries, triesMax: runs.triesMax };
    if (isLast) log.error(about, 'a job failed as often as it may: mend what it says, then run it by hand');
    else log.warn({ ...about, pauseMs }, 'a job failed: it is tried again, up to its limit');
    return isLast ? 'FAILED' : 'AGAIN';
  } catch (failure) {
    log.warn({ err: failure }, 'what became of a run could not be written: it is tried again');
    return 'AGAIN';
  }
}

interface Beats {
  readonly lost: AbortController;
  readonly ended: AbortSignal;
  readonly state: () => object | null;
}

async function beatOn(
  run: runs.ClaimedRun,
  { lost, ended, state }: Beats,
  { database, pace, log }: Surroundings,
): Promise<void> {
  while (!lost.signal.aborted) {
    await sleep(pace.beatEveryMs, undefined, { signal: ended }).catch(() => {});
    if (ended.aborted) return;
    try {
      const isNewest = await runs.beat(database, run, pace.livesMs, state());
      if (!isNewest && !ended.aborted) lost.abort(new Error('another attempt has begun'));
    } catch (error) {
      log.warn({ err: error }, 'a job could not say that it lives: is Postgres up?');
    }
  }
}

/** What does not heed its signal goes on unheard, and writes no more (assertAttempt), while the next attempt begins. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
