// @ts-check
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A pid alone names nobody: it is used again after the process ends, in containers very soon.
 * The pid together with the time the process started names one process for good.
 * @typedef {{ pid: number, startTime: string }} ProcessIdentity
 */

/**
 * @param {number} pid
 * @returns {ProcessIdentity | null} null when no such process is alive (a zombie is not)
 */
export function identify(pid) {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === null ? null : { pid, startTime };
}

/** @param {ProcessIdentity} identity */
export function isAlive(identity) {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/**
 * @param {ProcessIdentity} identity
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false when the process has already gone
 */
export function signalIfAlive(identity, signal) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {ProcessIdentity} identity
 * @param {number} timeoutMs
 * @returns {Promise<boolean>} whether it has gone
 */
export async function waitUntilGone(identity, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, 50));
  }
  return true;
}

/** The processes that one has started, where the system tells. @param {number} pid */
export function childrenOf(pid) {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return pids.map((child) => identify(Number(child))).filter((child) => child !== null);
  } catch {
    return []; // not Linux
  }
}

/** @param {number} pid */
function startTimeFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name in parentheses may hold spaces; what follows the last ")" starts with field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${bootId()}/${fields[19]}`;
  } catch {
    return null;
  }
}

/** @type {string | undefined} */
let cachedBootId;

function bootId() {
  cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return cachedBootId;
}

/** @param {number} pid */
function startTimeFromPs(pid) {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return !state || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}
