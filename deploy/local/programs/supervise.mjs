// @ts-check
import { existsSync } from 'node:fs';
import { LaunchError } from '../machine/terminal.mjs';
import { describeExit } from './program.mjs';

/**
 * Keeps one program running.
 *
 *   stopped ──start()──▶ starting ──ready──▶ running ──exit──▶ waiting (backoff) ──▶ starting …
 *      ▲                                        │
 *      └──────────── stop(), kill() ◀───────────┘
 *
 * What ends by itself is reported with the end of its log and started again, unless `restart` is false.
 * What was ended by stop() or kill() stays down until start().
 *
 * @typedef {import('./program.mjs').Program} Program
 * @typedef {{ name: string, kind: 'died' | 'restarted' | 'restart-failed', message: string, logEnd: string }} Incident
 * @typedef {{
 *   name: string,
 *   pid: () => number | null,
 *   start: () => Promise<void>,
 *   stop: (signal?: NodeJS.Signals) => Promise<void>,
 *   kill: () => Promise<void>,
 *   signal: (signal: NodeJS.Signals) => boolean,
 *   hurry: () => void,
 *   logFile: string,
 * }} Service `signal` only sends (SIGSTOP, SIGCONT, …); `hurry` makes a stop in progress short
 */

const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 15_000;
/** After this long alive, the next death counts as the first again. */
const HEALTHY_MS = 60_000;

/**
 * @param {{
 *   name: string,
 *   logFile: string,
 *   launch: () => Program | Promise<Program>,
 *   probe: (program: Program) => Promise<void>,
 *   readyTimeoutMs?: number,
 *   stopSignal?: NodeJS.Signals,
 *   hurrySignal?: NodeJS.Signals,
 *   stopTimeoutMs?: number,
 *   restart: boolean,
 *   onIncident: (incident: Incident) => void,
 * }} options `probe` resolves when the program serves, throws while it does not yet
 * @returns {Service}
 */
export function supervise(options) {
  const { name, logFile, launch, probe, restart, onIncident } = options;
  const { readyTimeoutMs = 30_000, stopSignal = 'SIGTERM', hurrySignal = 'SIGKILL', stopTimeoutMs = 10_000 } = options;

  /** @type {Program | null} */
  let program = null;
  let wanted = false;
  let failures = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let backoff;
  /** @type {Promise<void> | null} */
  let starting = null;

  const startOnce = async () => {
    const started = await launch();
    program = started;
    try {
      await waitUntilReady(started, () => probe(started), readyTimeoutMs);
    } catch (error) {
      await started.stop({ signal: 'SIGKILL' });
      if (program === started) program = null;
      throw error;
    }
    const readyAt = performance.now();
    void started.exited.then((exit) => {
      if (program === started) program = null;
      if (!wanted) return;
      if (performance.now() - readyAt > HEALTHY_MS) failures = 0;
      // A signal came from outside: the log has nothing to say about it.
      const logEnd = exit.signal ? '' : started.logEnd();
      onIncident({ name, kind: 'died', message: `${name} ${describeExit(exit)}`, logEnd });
      if (restart) scheduleRestart();
    });
  };

  const begin = () => {
    starting ??= startOnce().finally(() => {
      starting = null;
    });
    return starting;
  };

  const scheduleRestart = () => {
    const delayMs = Math.min(BACKOFF_MIN_MS * 2 ** failures, BACKOFF_MAX_MS);
    failures += 1;
    backoff = setTimeout(async () => {
      try {
        await begin();
        if (wanted)
          onIncident({ name, kind: 'restarted', message: `${name} runs again (pid ${program?.pid})`, logEnd: '' });
      } catch (error) {
        if (!wanted) return;
        const message = error instanceof Error ? error.message : String(error);
        onIncident({ name, kind: 'restart-failed', message, logEnd: '' });
        scheduleRestart();
      }
    }, delayMs);
  };

  const end = async (/** @type {(running: Program) => Promise<unknown>} */ how) => {
    wanted = false;
    clearTimeout(backoff);
    if (program) await how(program);
    await starting?.catch(() => {});
    if (program) await how(program); // one that was being launched meanwhile
  };

  return {
    name,
    logFile,
    pid: () => (program && !program.hasExited() ? program.pid : null),
    async start() {
      clearTimeout(backoff);
      wanted = true;
      failures = 0;
      if (program && !program.hasExited() && !starting) return;
      await begin();
    },
    stop: (signal = stopSignal) => end((running) => running.stop({ signal, timeoutMs: stopTimeoutMs })),
    kill: () => end((running) => running.stop({ signal: 'SIGKILL' })),
    signal: (signal) => program?.kill(signal) ?? false,
    hurry() {
      wanted = false;
      clearTimeout(backoff);
      program?.kill(hurrySignal);
    },
  };
}

/**
 * Asks until the program answers; stops asking when it exits, so that a taken port does not wait for ever.
 * @param {Program} program
 * @param {() => Promise<void>} probe
 * @param {number} timeoutMs
 */
export async function waitUntilReady(program, probe, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = 15;
  while (true) {
    /** @type {unknown} */
    let notReady;
    try {
      await probe();
      // A server of someone else may have answered on our port while ours failed to take it.
      await new Promise((done) => setImmediate(done));
      if (!program.hasExited()) return;
    } catch (error) {
      notReady = error;
    }
    if (program.hasExited()) {
      const exit = await program.exited;
      throw new LaunchError(
        `${program.name} ${describeExit(exit)} before it was ready.${logPart(exit.signal ? '' : program.logEnd(), program.logFile)}`,
      );
    }
    if (performance.now() > deadline) {
      const reason = notReady instanceof Error ? notReady.message : String(notReady);
      throw new LaunchError(
        `${program.name} was not ready after ${timeoutMs / 1000} s (${reason}).${logPart(program.logEnd(), program.logFile)}`,
      );
    }
    await Promise.race([new Promise((done) => setTimeout(done, pauseMs)), program.exited]);
    pauseMs = Math.min(pauseMs * 1.5, 200);
  }
}

/**
 * The end of a log and where the rest of it is, to stand under a message.
 * @param {string} logEnd
 * @param {string} logFile
 */
export function logPart(logEnd, logFile) {
  if (!existsSync(logFile)) return '';
  return `${logEnd ? `\n${indent(logEnd)}` : ''}\n  Log: ${logFile}`;
}

/** @param {string} text */
export function indent(text) {
  return text.replace(/^/gm, '    ');
}
