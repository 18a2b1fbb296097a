// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { endOfFile, readJson, removeIfEmpty, writeAtomically } from '../machine/files.mjs';
import { identify, signalIfAlive, waitUntilGone } from '../machine/identity.mjs';
import { readableLog } from './log-lines.mjs';

/**
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, error?: Error }} Exit
 * @typedef {{
 *   name: string,
 *   pid: number,
 *   logFile: string,
 *   exited: Promise<Exit>,
 *   hasExited: () => boolean,
 *   kill: (signal?: NodeJS.Signals) => boolean,
 *   stop: (options?: { signal?: NodeJS.Signals, timeoutMs?: number }) => Promise<Exit>,
 *   logEnd: (lines?: number) => string,
 * }} Program
 */

/**
 * Starts one process; nothing restarts it. Its output goes straight into its log file, so that the log outlives
 * whoever started it. It leads a process group of its own, so that Ctrl-C reaches it only through its starter.
 * @param {{
 *   name: string,
 *   command?: string,
 *   args: string[],
 *   env?: NodeJS.ProcessEnv,
 *   logFile: string,
 *   cwd?: string,
 *   uid?: number | undefined,
 *   gid?: number | undefined,
 *   runDir?: string | undefined,
 *   stopSignal?: NodeJS.Signals,
 *   send?: (signal: NodeJS.Signals, child: import('node:child_process').ChildProcess) => void,
 *   afterExit?: () => Promise<void>,
 * }} options `env` is the whole environment; `runDir` keeps a record, so that a later start finds what a crash left;
 *   `send` replaces the plain sending of a signal; `exited` waits for `afterExit`
 * @returns {Program}
 */
export function startProgram(options) {
  const {
    name,
    command = process.execPath,
    args,
    env = process.env,
    logFile,
    runDir,
    stopSignal = 'SIGTERM',
  } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, {
    env,
    stdio: ['ignore', log, log],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  closeSync(log);
  const pid = child.pid ?? -1;
  const forget = child.pid === undefined ? () => {} : remember(runDir, { name, pid, stopSignal });

  let exitedAlready = false;
  /** @type {Promise<Exit>} */
  const exited = new Promise((resolve) => {
    const done = async (/** @type {Exit} */ exit) => {
      exitedAlready = true;
      forget();
      removeIfEmpty(logFile);
      await options.afterExit?.();
      resolve(exit);
    };
    child.once('exit', (code, signal) => done({ code, signal }));
    child.once('error', (error) => {
      if (child.pid === undefined) void done({ code: null, signal: null, error });
    });
  });

  const kill = (/** @type {NodeJS.Signals} */ signal = 'SIGKILL') => {
    if (exitedAlready || child.pid === undefined) return false;
    if (options.send) options.send(signal, child);
    else child.kill(signal);
    return true;
  };
  return {
    name,
    pid,
    logFile,
    exited,
    hasExited: () => exitedAlready,
    kill,
    async stop({ signal = stopSignal, timeoutMs = 10_000 } = {}) {
      kill(signal);
      kill('SIGCONT'); // one that was paused must wake up to hear it
      const timer = setTimeout(() => kill('SIGKILL'), timeoutMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    logEnd: (lines = 20) => readableLog(endOfFile(logFile, lines)),
  };
}

/** @param {Exit} exit */
export function describeExit({ code, signal, error }) {
  if (error) return `could not be started (${error.message})`;
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}

const LOGS_KEPT = 4;

/**
 * Moves the log of an earlier run aside: x.log → x.log.1 → x.log.2 → … and forgets the oldest. An empty one is not kept.
 * @param {string} logFile
 */
export function rotateLog(logFile) {
  const numbered = (/** @type {number} */ n) => (n === 0 ? logFile : `${logFile}.${n}`);
  removeIfEmpty(logFile);
  if (!existsSync(logFile)) return;
  for (let n = LOGS_KEPT - 1; n >= 0; n -= 1) {
    if (existsSync(numbered(n))) renameSync(numbered(n), numbered(n + 1));
  }
}

/**
 * Stops what an earlier start left running when it was killed, by pid and start time.
 * @param {string} runDir
 * @returns {Promise<string[]>} the names of what was stopped
 */
export async function stopLeftovers(runDir) {
  if (!existsSync(runDir)) return [];
  const records = readdirSync(runDir).filter((file) => file.endsWith('.process.json'));
  const stopped = await Promise.all(
    records.map(async (file) => {
      const record = readJson(join(runDir, file));
      const ended = record && (await stopLeftover(record));
      rmSync(join(runDir, file), { force: true });
      return ended ? basename(file, '.process.json') : null;
    }),
  );
  return stopped.filter((name) => name !== null);
}

/**
 * The last resort of a process that ends without stopping what it started.
 * @param {string} runDir
 */
export function killLeftovers(runDir) {
  if (!existsSync(runDir)) return;
  for (const file of readdirSync(runDir).filter((name) => name.endsWith('.process.json'))) {
    const record = readJson(join(runDir, file));
    if (record) signalIfAlive(record, 'SIGKILL');
  }
}

/** @param {import('../machine/identity.mjs').ProcessIdentity & { stopSignal: NodeJS.Signals }} record */
async function stopLeftover(record) {
  if (!signalIfAlive(record, record.stopSignal)) return false;
  signalIfAlive(record, 'SIGCONT');
  if (await waitUntilGone(record, 10_000)) return true;
  signalIfAlive(record, 'SIGKILL');
  return waitUntilGone(record, 5_000);
}

/**
 * @param {string | undefined} runDir
 * @param {{ name: string, pid: number, stopSignal: NodeJS.Signals }} started
 * @returns {() => void} forgets it again
 */
function remember(runDir, { name, pid, stopSignal }) {
  const identity = runDir === undefined ? null : identify(pid);
  if (runDir === undefined || identity === null) return () => {};
  mkdirSync(runDir, { recursive: true });
  const file = join(runDir, `${name}.process.json`);
  writeAtomically(file, JSON.stringify({ name, ...identity, stopSignal }), 0o644);
  return () => {
    if (readJson(file)?.pid === pid) rmSync(file, { force: true });
  };
}
